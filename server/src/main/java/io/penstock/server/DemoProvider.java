package io.penstock.server;

import io.netty.channel.Channel;
import io.penstock.protocol.Protocol;
import io.penstock.provider.Endpoint;
import io.penstock.provider.Provider;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.wire.EventLoops;
import io.penstock.server.wire.HttpServer;
import io.penstock.server.wire.MemoryBudget;
import io.penstock.server.wire.WireLimits;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * The provider of a gateway that has none: it speaks both protocols on a loopback port of its own, is reached by the same
 * relay as any other, streams word by word, and says plainly that it is a demo. So the first {@code curl} works offline.
 */
final class DemoProvider implements AutoCloseable {
    static final String ID = "demo";
    static final String MODEL = "hello";

    private static final long BODY_BYTES_MAX =
            1024L * 1024 * 1024; // the gateway, its only client, has a limit of its own
    private static final long RECEIVE_NANOS = 60_000_000_000L;
    private static final WireLimits LIMITS =
            new WireLimits(BODY_BYTES_MAX, RECEIVE_NANOS, RECEIVE_NANOS, RECEIVE_NANOS, Integer.MAX_VALUE);

    private final Channel listener;

    private DemoProvider(Channel listener) {
        this.listener = listener;
    }

    /** Listens on a port of its own. {@code memory} is what all its clients may leave lying of their answers. */
    static DemoProvider start(Transport transport, EventLoops loops, MemoryBudget memory) {
        return new DemoProvider(new HttpServer(LIMITS, memory)
                .listen(
                        loops,
                        transport.server(),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        null,
                        DemoAnswers::new)
                .syncUninterruptibly()
                .channel());
    }

    ProviderRegistryBuilder.Local offered(ProviderRegistryBuilder builder) {
        return offered(builder, ((InetSocketAddress) listener.localAddress()).getPort());
    }

    static ProviderRegistryBuilder.Local offered(ProviderRegistryBuilder builder, int port) {
        String base = "http://127.0.0.1:" + port;
        Provider provider = Provider.of(
                ID,
                Endpoint.of(Protocol.OPENAI, base + "/v1").withoutCompletions(),
                Endpoint.of(Protocol.ANTHROPIC, base));
        return new ProviderRegistryBuilder.Local(
                provider,
                List.of(LocalModel.chat(ModelConfig.builder(MODEL).build())),
                "built in, because no provider is configured",
                builder.targets(provider));
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
    }
}
