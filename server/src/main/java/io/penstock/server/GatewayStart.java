package io.penstock.server;

import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.internal.PlatformDependent;
import io.penstock.server.admin.AdminRoutes;
import io.penstock.server.admin.ControlSocket;
import io.penstock.server.admin.KeysResource;
import io.penstock.server.admin.ModelsResource;
import io.penstock.server.admin.StatusResource;
import io.penstock.server.attempt.AttemptResources;
import io.penstock.server.attempt.Limits;
import io.penstock.server.attempt.LoopUpstreams;
import io.penstock.server.config.Config;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.config.LimitsConfig;
import io.penstock.server.config.StoreConfig;
import io.penstock.server.exchange.Access;
import io.penstock.server.exchange.ExchangeResources;
import io.penstock.server.observe.AccessLog;
import io.penstock.server.observe.Metrics;
import io.penstock.server.upstream.Addresses;
import io.penstock.server.upstream.ProviderRegistry;
import io.penstock.server.upstream.Resolver;
import io.penstock.server.wire.Hosts;
import io.penstock.server.wire.HttpServer;
import io.penstock.server.wire.MemoryBudget;
import io.penstock.server.wire.RequestFilter;
import io.penstock.server.wire.RequestHandler;
import io.penstock.server.wire.WireLimits;
import io.penstock.store.NewKey;
import io.penstock.store.Store;
import io.penstock.store.StoreException;
import io.penstock.store.disk.DataDirectory;
import io.penstock.store.sqlite.SqliteStore;
import io.penstock.store.sqlite.StoreOptions;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The steps of a start, each undone if a later one fails. */
final class GatewayStart {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayStart.class);

    private final Config config;
    private final Map<String, String> environment;
    private final Extensions extensions;
    private @Nullable DataDirectory directory;
    private @Nullable Store store;
    private @Nullable EventLoopGroup group;
    private @Nullable Resolver resolver;
    private @Nullable DemoProvider demo;
    private @Nullable LocalServers servers;

    GatewayStart(Config config, Map<String, String> environment, Extensions extensions) {
        this.config = config;
        this.environment = environment;
        this.extensions = extensions;
    }

    Gateway start() {
        try {
            return steps();
        } catch (StoreException e) {
            undo();
            throw new StartException(String.valueOf(e.getMessage()), e);
        } catch (RuntimeException e) {
            undo();
            throw e instanceof StartException ? e : new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    private Gateway steps() throws StoreException {
        String master = config.masterKey() == null ? null : config.masterKey().reveal();
        DataDirectory dir = config.data() == null ? null : DataDirectory.open(config.data(), master);
        directory = dir;
        SslContext tls = serverTls();
        Store opened = extensions.store().apply(openStore(config.store(), dir));
        store = opened;
        NewKey first = keys(opened);
        Transport transport = Transport.best();
        int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2); // the agent wants the others
        EventLoopGroup loopsOf = transport.group(threads, "penstock-loop");
        group = loopsOf;
        Resolver names = new Resolver();
        resolver = names;

        Limits limits = limits(config.limits());
        HttpServer server = new HttpServer(
                new WireLimits(
                        limits.bodyBytes(),
                        limits.headNanos(),
                        limits.requestNanos(),
                        limits.idleNanos(),
                        limits.connections()),
                new MemoryBudget(limits.bodiesBytes()));
        AttemptResources attempts = AttemptResources.of(limits, server.buffers(), config.rememberThinking());
        Loops loops = new Loops(
                loopsOf,
                server,
                loop -> new LoopUpstreams(loop, attempts, transport.socket(), names, (int)
                        config.limits().connect().toMillis()));
        ProviderRegistryBuilder builder = new ProviderRegistryBuilder(
                config, extensions.providers(), new Addresses(environment), "penstock/" + Gateway.VERSION);
        LocalServers locals = new LocalServers(builder, extensions.providers(), config.localDiscover());
        servers = locals;
        List<ProviderRegistryBuilder.Local> found = new ArrayList<>(locals.find());
        if (builder.empty() && found.isEmpty()) {
            DemoProvider it = DemoProvider.start(transport, loops, server.buffers());
            demo = it;
            found.add(it.offered(builder));
        }
        List<ProviderRegistryBuilder.Local> otherwise = demo == null ? List.of() : List.copyOf(found);
        ProviderRegistry registry = builder.build(found);
        Metrics metrics = new Metrics(
                () -> opened.ledger().queued(),
                config.listen().isLoopback() || config.adminToken() == null
                        ? null
                        : config.adminToken().reveal());
        metrics.redoLost(opened.lostAtStart());
        opened.requests().listener(AccessLog::exchange);
        ExchangeResources exchanges = ExchangeResources.of(opened, registry, extensions.auto(), metrics);
        Access access = new Access(hosts(config), tls != null, opened.keys(), metrics);
        Gateway gateway = new Gateway(
                config,
                dir,
                opened,
                server,
                exchanges,
                loops,
                names,
                new StartReport(first, opened.interruptedAtStart(), found, transport.name()));
        gateway.alsoClose(exchanges.tokenCounts());
        gateway.alsoClose(attempts.largeWork());
        if (config.localDiscover()) {
            LocalWatch watch = new LocalWatch(exchanges.models(), builder, locals, found, otherwise);
            exchanges.models().searchedBy(watch);
            gateway.alsoClose(watch);
        } else {
            locals.close();
        }
        if (demo != null) {
            gateway.alsoClose(demo);
        }
        bind(gateway, transport, tls, RequestFilter.chain(extensions.filters(), loops.requests(exchanges, access)));
        if (dir != null) {
            listenForCommands(gateway, transport, dir);
        }
        return gateway;
    }

    /** The store that the configuration asks for, in memory where there is no directory. */
    static Store openStore(StoreConfig wanted, @Nullable DataDirectory dir) throws StoreException {
        String url = wanted.url();
        if (dir == null) {
            byte[] pepper = new byte[32];
            new SecureRandom().nextBytes(pepper);
            return SqliteStore.open(options(url == null ? StoreOptions.MEMORY : url, wanted, pepper));
        }
        String place = url == null ? "jdbc:sqlite:" + dir.resolve("penstock.db") : url;
        return SqliteStore.open(options(place, wanted, dir.pepper()), dir.resolve("native"));
    }

    private static StoreOptions options(String url, StoreConfig wanted, byte[] pepper) {
        return new StoreOptions(
                url,
                wanted.durability(),
                wanted.requestLog().keep(),
                wanted.requestLog().maxBytes(),
                OptionalLong.empty(),
                pepper,
                InstantSource.system(),
                wanted.acceptRedoLoss());
    }

    /** Declares the configured keys; makes a first one when there is none at all. */
    private @Nullable NewKey keys(Store opened) throws StoreException {
        for (KeyConfig key : config.keys()) {
            opened.keys().declare(key.name(), key.key().reveal(), key.keepalive());
        }
        return opened.keys().list().isEmpty() ? opened.keys().create("first") : null;
    }

    private @Nullable SslContext serverTls() {
        if (config.tls() == null) {
            return null;
        }
        try {
            return SslContextBuilder.forServer(
                            config.tls().certificate().toFile(),
                            config.tls().key().toFile())
                    .build();
        } catch (SSLException | IllegalArgumentException e) {
            throw new StartException(
                    "tls: cannot use " + config.tls().certificate() + " with "
                            + config.tls().key() + " (expected: a PEM certificate chain and its PKCS#8 PEM key): "
                            + e.getMessage(),
                    e);
        }
    }

    private void bind(Gateway gateway, Transport transport, @Nullable SslContext tls, RequestHandler.Factory handlers) {
        String host = config.listen().host();
        int port = config.listen().port();
        ChannelFuture bound = gateway.server()
                .listen(gateway.loops(), transport.server(), new InetSocketAddress(host, port), tls, handlers);
        if (!bound.isSuccess()) {
            throw cannotBind(host, port, bound.cause());
        }
        gateway.listensOn(bound.channel());
        if (directory != null) {
            try {
                directory.write("port", gateway.addresses().get(0).getPort() + "\n");
            } catch (StoreException e) {
                throw new StartException(String.valueOf(e.getMessage()), e);
            }
        }
    }

    /** Without it the gateway still serves; only the command line cannot reach it. */
    private static void listenForCommands(Gateway gateway, Transport transport, DataDirectory dir) {
        AdminRoutes routes = new AdminRoutes(
                new KeysResource(gateway.store().keys()),
                new ModelsResource(gateway::inventory),
                new StatusResource(
                        Gateway.VERSION,
                        gateway.server(),
                        gateway.store().ledger(),
                        gateway::addresses,
                        gateway::inventory));
        try {
            gateway.alsoClose(ControlSocket.listen(dir.path(), gateway.loops(), transport.domainServer(), routes));
        } catch (IOException e) {
            LOG.warn("the command line will not reach this gateway: {}", e.getMessage());
        }
    }

    private static StartException cannotBind(String host, int port, Throwable cause) {
        boolean inUse = cause instanceof BindException
                || cause instanceof IOException
                        && String.valueOf(cause.getMessage()).contains("in use");
        return new StartException(
                inUse
                        ? "cannot listen on " + host + ":" + port
                                + ": the port is in use; stop what holds it, or choose another with --listen "
                                + host
                                + ":<port> (0: any free one)"
                        : "cannot listen on " + host + ":" + port + ": " + cause.getMessage(),
                cause);
    }

    /** On an address that other machines reach, our names cannot be known until somebody tells them. */
    private static Hosts hosts(Config config) {
        String host = config.listen().host();
        List<String> names = new ArrayList<>(config.hosts());
        names.add(host.indexOf(':') >= 0 ? "[" + host + "]" : host);
        return new Hosts(names, !config.listen().isLoopback() && config.hosts().isEmpty());
    }

    /** As configured; but all bodies together leave Netty some of the direct memory they lie in. */
    private static Limits limits(LimitsConfig from) {
        return new Limits(
                from.bodyBytes(),
                Math.min(from.bodiesBytes(), PlatformDependent.maxDirectMemory() / 2),
                from.responseBytes(),
                from.head().toNanos(),
                from.request().toNanos(),
                from.firstByte().toNanos(),
                from.idle().toNanos(),
                from.total().toNanos(),
                from.keepalive().toNanos(),
                from.connections());
    }

    private void undo() {
        Gateway.closeQuietly(demo);
        Gateway.closeQuietly(servers);
        if (group != null) {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
        }
        if (resolver != null) {
            resolver.close();
        }
        if (store != null) {
            store.close();
        }
        Gateway.closeQuietly(directory);
    }
}
