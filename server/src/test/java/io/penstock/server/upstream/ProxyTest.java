package io.penstock.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Certificate;
import io.penstock.server.testkit.ScriptedProvider;
import io.penstock.server.wire.ReadSizes;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS, straight and through a proxy: what went wrong is told, and told alike. */
class ProxyTest {
    private static final byte[] STANDS = Answer.ascii("HTTP/1.1 200 Connection established\r\n\r\n");
    private static final byte[] GOOD = Answer.json(200, "good");

    private final ScriptedProvider provider = new ScriptedProvider(true);
    private final ScriptedProvider proxy = new ScriptedProvider();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final Resolver resolver = new Resolver();
    private final ConnectionPool patient =
            new ConnectionPool(loop, NioSocketChannel.class, resolver, 5_000, new ReadSizes());

    @AfterEach
    void stop() throws Exception {
        loop.submit(patient::closeIdle).sync();
        provider.close();
        proxy.close();
        resolver.close();
        group.shutdownGracefully(0, Await.SECONDS, TimeUnit.SECONDS).sync();
    }

    private String straight(SslContext tls) throws Exception {
        return ask(new Address("localhost", provider.port(), tls, null));
    }

    private String tunnelled(@Nullable SslContext tls) throws Exception {
        return ask(new Address("models.test", 443, tls, new Address.Proxy("127.0.0.1", proxy.port(), "Basic bGFi")));
    }

    private String ask(Address address) throws Exception {
        return ask(patient, address);
    }

    private String ask(ConnectionPool pool, Address address) throws Exception {
        Asking asking = new Asking();
        loop.execute(() -> pool.acquire(address, false, asking));
        return asking.end();
    }

    private static SslContext distrusting() throws Exception {
        return SslContextBuilder.forClient()
                .endpointIdentificationAlgorithm("HTTPS")
                .build();
    }

    @Test
    void aTunnelCarriesTls() throws Exception {
        proxy.next(call -> call.send(STANDS).secure()).next(call -> call.send(GOOD));
        assertThat(tunnelled(Certificate.trusting())).isEqualTo("good");
        assertThat(proxy.take().head())
                .startsWith("CONNECT models.test:443 HTTP/1.1\r\nHost: models.test:443\r\n")
                .contains("Proxy-Authorization: Basic bGFi\r\n");
        assertThat(proxy.take().head()).startsWith("POST / HTTP/1.1\r\n").doesNotContain("bGFi");
    }

    @Test
    void aCertificateThatIsNotTrustedIsToldTheSameStraightAndThroughAProxy() throws Exception {
        proxy.always(call -> call.send(STANDS).secure());
        String straight = straight(distrusting());
        assertThat(straight).startsWith("TLS failed: ").contains("unable to find valid certification path");
        assertThat(tunnelled(distrusting())).isEqualTo(straight);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aProxyThatRefusesIsToldWithItsStatus(boolean secure) throws Exception {
        proxy.always(call -> call.send(Answer.json(407, "{}")));
        assertThat(tunnelled(secure ? Certificate.trusting() : null))
                .contains("the proxy answered CONNECT with status 407");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void soIsOneThatCloses(boolean secure) throws Exception {
        proxy.always(call -> call.close());
        assertThat(tunnelled(secure ? Certificate.trusting() : null)).contains("the proxy closed the connection");
    }

    @Test
    void aProviderThatClosesInTheHandshakeIsToldToHaveDone() throws Exception {
        proxy.always(call -> call.send(STANDS).awaitBytes().close());
        assertThat(tunnelled(Certificate.trusting())).startsWith("closed the connection");
    }

    @Test
    void aProviderThatSpeaksNoTlsIsToldTheSame() throws Exception {
        proxy.always(call -> call.send(STANDS)
                .awaitBytes()
                .send("HTTP/1.1 400 Bad Request\r\n\r\n")
                .stall());
        assertThat(tunnelled(Certificate.trusting())).startsWith("TLS failed: not an SSL/TLS record");
    }

    @Test
    void theTimeToConnectIncludesTunnelAndTls() throws Exception {
        ConnectionPool hasty = new ConnectionPool(loop, NioSocketChannel.class, resolver, 100, new ReadSizes());
        Address.Proxy through = new Address.Proxy("127.0.0.1", proxy.port(), null);
        proxy.next(call -> call.stall())
                .next(call -> call.stall())
                .next(call -> call.send(STANDS).stall());
        for (Address stalling : List.of(
                new Address("models.test", 443, null, through),
                new Address("models.test", 443, distrusting(), through),
                new Address("models.test", 443, distrusting(), through),
                new Address("localhost", proxy.port(), distrusting(), null))) {
            assertThat(ask(hasty, stalling)).isEqualTo("did not accept a connection in time");
        }
        Await.until("all to be closed", () -> proxy.open() == 0);
    }
}
