package io.penstock.server;

import io.netty.channel.Channel;
import io.penstock.provider.Providers;
import io.penstock.routing.Router;
import io.penstock.server.admin.Inventory;
import io.penstock.server.config.Config;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.exchange.ExchangeResources;
import io.penstock.server.upstream.Addresses;
import io.penstock.server.upstream.Resolver;
import io.penstock.server.wire.HttpServer;
import io.penstock.server.wire.LoopResources;
import io.penstock.store.Store;
import io.penstock.store.StoreException;
import io.penstock.store.disk.DataDirectory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway. Nothing about it is static: several may run in one process, each with its own loops, store and data
 * directory. {@link #close} drains, and is safe to call twice and from any thread but an event loop.
 */
public final class Gateway implements AutoCloseable {
    /** This build's version. */
    public static final String VERSION = Version.text();

    private static final Logger LOG = LoggerFactory.getLogger(Gateway.class);
    private static final long PIECES_SECONDS = 2; // for aborted streams to flush their error event

    private final Config config;
    private final @Nullable DataDirectory directory;
    private final Store store;
    private final HttpServer server;
    private final ExchangeResources exchanges;
    private final Resolver resolver;
    private final Loops loops;
    private final List<Channel> listeners = new ArrayList<>();
    private final List<AutoCloseable> extras = new ArrayList<>();
    private final StartReport report;
    private boolean closed;

    Gateway(
            Config config,
            @Nullable DataDirectory directory,
            Store store,
            HttpServer server,
            ExchangeResources exchanges,
            Loops loops,
            Resolver resolver,
            StartReport report) {
        this.config = config;
        this.directory = directory;
        this.store = store;
        this.server = server;
        this.exchanges = exchanges;
        this.loops = loops;
        this.resolver = resolver;
        this.report = report;
    }

    /**
     * Starts a gateway and returns once it accepts connections.
     *
     * @param environment for {@code HTTPS_PROXY} and the like
     * @throws StartException if it cannot; the message says what was found and what to do, and nothing is left behind
     */
    public static Gateway start(Config config, Map<String, String> environment) {
        return start(config, environment, Extensions.usual());
    }

    /**
     * As {@link #start(Config, Map)}, with another router behind {@code auto}.
     *
     * @param auto asked for every request of the model {@code auto}; see {@link Router} for what it must keep to
     */
    public static Gateway start(Config config, Map<String, String> environment, Router auto) {
        return start(config, environment, Extensions.usual().router(auto));
    }

    static Gateway start(Config config, Map<String, String> environment, Extensions extensions) {
        return new GatewayStart(config, environment, extensions).start();
    }

    /** Addresses that are listened on, with real ports. */
    public List<InetSocketAddress> addresses() {
        List<InetSocketAddress> all = new ArrayList<>();
        for (Channel listener : listeners) {
            if (listener.localAddress() instanceof InetSocketAddress address) {
                all.add(address);
            }
        }
        return all;
    }

    /** {@code http://host:port}, as a client on this machine reaches it. */
    public String origin() {
        InetSocketAddress address = addresses().get(0);
        String host = address.getAddress().isAnyLocalAddress()
                ? "127.0.0.1"
                : address.getAddress().getHostAddress();
        return (config.tls() == null ? "http://" : "https://")
                + (host.indexOf(':') >= 0 ? "[" + host + "]" : host)
                + ":"
                + address.getPort();
    }

    /** What the start found and made. */
    public StartReport report() {
        return report;
    }

    public Config config() {
        return config;
    }

    /** The models on offer now, and why their providers are there. */
    public Inventory inventory() {
        return new Inventory(exchanges.models().now().catalog(), origins(config, report.found()));
    }

    /** What a gateway with this configuration would offer. Blocks while it looks for servers on this machine. */
    public static Inventory inventory(Config config, Map<String, String> environment) {
        Providers known = Providers.found();
        ProviderRegistryBuilder builder =
                new ProviderRegistryBuilder(config, known, new Addresses(environment), "penstock/" + VERSION);
        List<ProviderRegistryBuilder.Local> found;
        try (LocalServers servers = new LocalServers(builder, known, config.localDiscover())) {
            found = new ArrayList<>(servers.find());
        }
        if (builder.empty() && found.isEmpty()) {
            found.add(DemoProvider.offered(builder, 1)); // a port that is never connected to
        }
        return new Inventory(builder.build(found).catalog(), origins(config, StartReport.Found.of(found)));
    }

    /** Opens the store of a gateway with this configuration that does not run. */
    public static Store openStore(Config config, DataDirectory directory) throws StoreException {
        return GatewayStart.openStore(config.store(), directory);
    }

    private static Map<String, String> origins(Config config, List<StartReport.Found> found) {
        Map<String, String> origins = new LinkedHashMap<>();
        for (ProviderConfig provider : config.providers().values()) {
            origins.put(provider.name(), provider.origin());
        }
        for (StartReport.Found one : found) {
            origins.put(one.provider(), one.why());
        }
        return origins;
    }

    public Store store() {
        return store;
    }

    /** Where clients connect. */
    public HttpServer server() {
        return server;
    }

    /** It is listened on there, too. */
    void listensOn(Channel listener) {
        listeners.add(listener);
    }

    /** That is closed with it, behind the last exchange. */
    void alsoClose(AutoCloseable extra) {
        extras.add(extra);
    }

    Loops loops() {
        return loops;
    }

    /** What its exchanges share. */
    public ExchangeResources exchanges() {
        return exchanges;
    }

    /** Drains: no new requests, streams may finish within {@code limits.drain}, then they end with an error event. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        server.drain();
        for (Channel listener : listeners) {
            listener.close().syncUninterruptibly();
        }
        long deadline = System.nanoTime() + config.limits().drain().toNanos();
        loops.run(LoopResources::closeIdle);
        loops.awaitIdle(deadline);
        loops.run(LoopResources::abortAll);
        loops.awaitIdle(System.nanoTime() + TimeUnit.SECONDS.toNanos(PIECES_SECONDS));
        for (AutoCloseable extra : extras) {
            closeQuietly(extra);
        }
        loops.group().shutdownGracefully(0, PIECES_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
        resolver.close();
        store.close();
        closeQuietly(directory);
    }

    static void closeQuietly(@Nullable AutoCloseable it) {
        if (it == null) {
            return;
        }
        try {
            it.close();
        } catch (Exception e) {
            LOG.warn("closing {} failed", it.getClass().getSimpleName(), e);
        }
    }
}
