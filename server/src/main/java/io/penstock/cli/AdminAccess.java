package io.penstock.cli;

import io.penstock.server.Gateway;
import io.penstock.server.admin.AdminAnswer;
import io.penstock.server.admin.AdminRoutes;
import io.penstock.server.admin.ControlSocket;
import io.penstock.server.admin.KeysResource;
import io.penstock.server.admin.ModelsResource;
import io.penstock.server.config.Config;
import io.penstock.server.config.ConfigException;
import io.penstock.store.InUseException;
import io.penstock.store.Store;
import io.penstock.store.StoreException;
import io.penstock.store.disk.DataDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Whoever answers the admin API for a data directory: the gateway that holds it, or this process, which then does. */
final class AdminAccess implements AutoCloseable {
    private static final long START_MILLIS = 3_000; // a gateway that starts has the lock before it has the socket
    private static final long POLL_MILLIS = 50;

    private final @Nullable ControlClient gateway;
    private final @Nullable AdminRoutes routes;
    private final List<AutoCloseable> owned;

    private AdminAccess(@Nullable ControlClient gateway, @Nullable AdminRoutes routes, List<AutoCloseable> owned) {
        this.gateway = gateway;
        this.routes = routes;
        this.owned = owned;
    }

    /** A running gateway, if there is one. */
    static @Nullable AdminAccess running(Terminal terminal, Options options) {
        Path data = Settings.plainData(terminal, options);
        if (data == null) {
            data = Settings.read(terminal, options).data();
        }
        ControlClient client = data == null ? null : reach(data);
        return client == null ? null : new AdminAccess(client, null, List.of());
    }

    /**
     * The gateway or the store.
     *
     * @param make whether to make a data directory that is not there
     */
    static AdminAccess open(Terminal terminal, Options options, boolean make) {
        Path plain = Settings.plainData(terminal, options);
        ControlClient client = plain == null ? null : reach(plain);
        if (client != null) {
            return new AdminAccess(client, null, List.of());
        }
        Config config;
        try {
            config = Settings.read(terminal, options);
        } catch (ConfigException e) {
            throw plain != null
                    ? e
                    : new Refusal(e.getMessage()
                            + "\n(a running gateway can be reached without the configuration: --data DIRECTORY)");
        }
        Path data = config.data();
        if (data == null || !make && !Files.isDirectory(data)) {
            throw new Refusal("there is no data directory " + data + " yet; the first start makes it, or name another"
                    + " with --data");
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
        while (true) {
            client = reach(data);
            if (client != null) {
                return new AdminAccess(client, null, List.of());
            }
            try {
                return direct(config, data, terminal);
            } catch (InUseException held) {
                if (System.nanoTime() - deadline > 0) {
                    throw new Refusal("a gateway holds the data directory " + data
                            + " but does not answer on its control socket; if it hangs, stop it and try again");
                }
                pause();
            } catch (StoreException e) {
                throw new Refusal(String.valueOf(e.getMessage()));
            }
        }
    }

    private static @Nullable ControlClient reach(Path data) {
        try {
            ControlClient client = new ControlClient(ControlSocket.of(data));
            return client.answers() ? client : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static AdminAccess direct(Config config, Path data, Terminal terminal) throws StoreException {
        Logs.start(terminal.log(), false, List.of());
        String master = config.masterKey() == null ? null : config.masterKey().reveal();
        DataDirectory directory = DataDirectory.open(data, master);
        try {
            Store store = Gateway.openStore(config, directory);
            AdminRoutes routes = new AdminRoutes(
                    new KeysResource(store.keys()),
                    new ModelsResource(() -> Gateway.inventory(config, terminal.environment())),
                    null);
            return new AdminAccess(null, routes, List.of(store, directory));
        } catch (InUseException held) { // by a gateway with another data directory, whose socket is not known here
            directory.close();
            throw new Refusal(String.valueOf(held.getMessage()));
        } catch (StoreException | RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    private static void pause() {
        try {
            Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Refusal("interrupted");
        }
    }

    /** The JSON of a request that was done; {@link Refusal} with the reason if it was not. */
    Json ask(String method, String path, String body) {
        AdminAnswer answer;
        if (gateway != null) {
            try {
                answer = gateway.ask(method, path, body);
            } catch (IOException e) {
                throw new Refusal("the gateway did not answer on its control socket: " + e.getMessage());
            }
        } else if (routes != null) {
            answer = routes.answer(method, path, body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        } else {
            throw new IllegalStateException("neither a gateway nor a store");
        }
        Json json = Json.parse(answer.json());
        if (answer.status() >= 300) {
            String message = json.get("error").get("message").text();
            throw new Refusal(message.isEmpty() ? "the gateway answered with status " + answer.status() : message);
        }
        return json;
    }

    @Override
    public void close() {
        for (AutoCloseable one : owned) {
            try {
                one.close();
            } catch (Exception e) {
                throw new Refusal("closing the store failed: " + e.getMessage());
            }
        }
    }
}
