package io.penstock.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.ScriptedProvider;
import io.penstock.server.wire.ReadSizes;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The pool by itself, on every transport that this machine has. */
@ParameterizedClass
@MethodSource("transports")
class ConnectionPoolTest {
    private static final int CONNECT_MILLIS = 2_000;
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
    private static final String LATE = "did not accept a connection in time";

    private final ScriptedProvider provider = new ScriptedProvider();
    private final Address address = new Address("127.0.0.1", provider.port(), null, null);
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final Class<? extends SocketChannel> channelType;
    private final CountDownLatch answered = new CountDownLatch(1);
    private final Queue<String> lookups = new ConcurrentLinkedQueue<>();
    private final Resolver resolver = new Resolver(this::lookUp);
    private final ConnectionPool pool;

    static Stream<String> transports() {
        return Epoll.isAvailable() ? Stream.of("epoll", "nio") : Stream.of("nio");
    }

    ConnectionPoolTest(String transport) {
        boolean epoll = transport.equals("epoll");
        group = new MultiThreadIoEventLoopGroup(1, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        loop = group.next();
        channelType = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
        pool = new ConnectionPool(loop, channelType, resolver, CONNECT_MILLIS, new ReadSizes());
    }

    /** Hosts named {@code stuck…} have a name server that does not answer until the test lets it. */
    private InetAddress[] lookUp(String host) throws UnknownHostException {
        lookups.add(host);
        if (host.startsWith("stuck")) {
            awaitUninterruptibly();
        }
        return switch (host) {
            case "nowhere.test" -> throw new UnknownHostException(host);
            case "half.test" -> new InetAddress[] {InetAddress.getByName("127.0.0.2"), LOOPBACK};
            default -> new InetAddress[] {LOOPBACK};
        };
    }

    /** As a look-up in the system does. */
    private void awaitUninterruptibly() {
        boolean interrupted = false;
        while (true) {
            try {
                answered.await();
                break;
            } catch (InterruptedException ignored) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @AfterEach
    void stop() throws Exception {
        answered.countDown();
        loop.submit(() -> pool.closeIdle()).sync();
        provider.close();
        resolver.close();
        group.shutdownGracefully(0, Await.SECONDS, TimeUnit.SECONDS).sync();
    }

    private Asking ask() {
        return ask(pool, address);
    }

    private Asking ask(ConnectionPool from, Address at) {
        Asking asking = new Asking();
        loop.execute(() -> from.acquire(at, false, asking));
        return asking;
    }

    private Address named(String host) {
        return new Address(host, provider.port(), null, null);
    }

    @Test
    void anIdleConnectionWithBytesUnreadServesNobody() throws Exception {
        CountDownLatch now = new CountDownLatch(1);
        provider.always(call -> call.send(Answer.json(200, "good")));
        provider.next(call -> call.send(Answer.json(200, "good")).pause(now).send(Answer.json(200, "poison")));
        Asking first = ask();
        assertThat(first.end()).isEqualTo("good");

        Asking second = new Asking();
        loop.submit(() -> {
                    now.countDown();
                    Await.until(
                            "the bytes to arrive", () -> provider.links().get(0).unread());
                    pool.acquire(address, false, second);
                })
                .sync();

        assertThat(second.end()).isEqualTo("good");
        assertThat(second.connection()).isNotSameAs(first.connection());
        Asking third = ask();
        assertThat(third.end()).isEqualTo("good");
        assertThat(third.connection()).isSameAs(second.connection());
        assertThat(pool.open()).isEqualTo(1);
    }

    // ---- names

    @Test
    void aLookUpThatHangsIsAConnectTimeoutAndHoldsUpNoOtherHost() throws Exception {
        provider.always(call -> call.send(Answer.json(200, "good")));
        ConnectionPool hasty = new ConnectionPool(loop, channelType, resolver, 100, new ReadSizes());
        List<Asking> stuck = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            stuck.add(ask(hasty, named("stuck" + i + ".test")));
        }
        for (Asking asking : stuck) {
            assertThat(asking.end()).isEqualTo(LATE);
        }
        assertThat(ask(pool, named("good.test")).end()).isEqualTo("good");
        assertThat(ask(pool, named("nowhere.test")).end()).isEqualTo("host name cannot be resolved");
    }

    @Test
    void allWhoAskForAHostShareOneLookUp() throws Exception {
        provider.always(call -> call.send(Answer.json(200, "good")));
        Address stuck = named("stuck.test");
        ConnectionPool hasty = new ConnectionPool(loop, channelType, resolver, 100, new ReadSizes());
        for (int round = 0; round < 2; round++) {
            List<Asking> late = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                late.add(ask(hasty, stuck));
            }
            for (Asking asking : late) {
                assertThat(asking.end()).isEqualTo(LATE);
            }
        }
        Asking patient = ask(new ConnectionPool(loop, channelType, resolver, 60_000, new ReadSizes()), stuck);
        Asking another = ask(hasty, stuck);
        assertThat(another.end()).isEqualTo(LATE);
        assertThat(lookups).containsExactly("stuck.test");

        answered.countDown();

        assertThat(patient.end()).isEqualTo("good");
        assertThat(lookups).containsExactly("stuck.test");
        assertThat(provider.links()).hasSize(1);
        assertThat(ask(pool, stuck).end()).isEqualTo("good");
        assertThat(lookups).hasSize(2);
    }

    /** Linux has all of 127/8 on loopback, and drops what comes when nobody accepts. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void anAddressThatDoesNotAnswerLeavesTimeForTheNext() throws Exception {
        provider.always(call -> call.send(Answer.json(200, "good")));
        InetAddress other = InetAddress.getByName("127.0.0.2");
        try (ServerSocket busy = new ServerSocket(provider.port(), 1, other);
                Socket first = new Socket(other, busy.getLocalPort());
                Socket second = new Socket(other, busy.getLocalPort())) {
            assertThat(first.isConnected() && second.isConnected()).isTrue();
            assertThat(ask(pool, named("half.test")).end()).isEqualTo("good");
        }
    }
}
