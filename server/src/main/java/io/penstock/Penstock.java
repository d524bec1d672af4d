package io.penstock;

import io.penstock.routing.AutoRouter;
import io.penstock.routing.Preference;
import io.penstock.routing.Router;
import io.penstock.server.Gateway;
import io.penstock.server.StartException;
import io.penstock.server.config.Config;
import io.penstock.server.config.ConfigBuilder;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.config.LimitsConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.config.StoreConfig;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A gateway inside your own program.
 *
 * <pre>{@code
 * try (var gateway = Penstock.builder()
 *         .bind("127.0.0.1", 0)
 *         .provider(ProviderConfig.builder("openai").apiKey(key).build())
 *         .key("agent", "sk-any-text-of-at-least-20-characters")
 *         .start()) {
 *     gateway.baseUrl("openai"); // http://127.0.0.1:43817/openai/v1
 * }
 * }</pre>
 *
 * Several may run in one process; none touches static state, system properties or {@code System.exit}. Closing drains.
 */
public final class Penstock implements AutoCloseable {
    private final Gateway gateway;

    private Penstock(Gateway gateway) {
        this.gateway = gateway;
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Starts a gateway from a configuration that was read or built elsewhere. Throws {@link StartException} if it cannot. */
    public static Penstock start(Config config) {
        return new Penstock(Gateway.start(config, System.getenv()));
    }

    /**
     * Base URL for clients of a protocol.
     *
     * @param face {@code openai}, {@code anthropic} or {@code openrouter}
     */
    public String baseUrl(String face) {
        return gateway.origin()
                + switch (face.toLowerCase(Locale.ROOT)) {
                    case "openai" -> "/openai/v1";
                    case "anthropic" -> "/anthropic";
                    case "openrouter" -> "/api/v1";
                    default ->
                        throw new IllegalArgumentException(
                                "face: " + face + " (expected: openai, anthropic or openrouter)");
                };
    }

    /** The text of the key that this start made because none was declared; null when there was one. */
    public @Nullable String firstKey() {
        return gateway.report().firstKey() == null
                ? null
                : gateway.report().firstKey().text();
    }

    /** The running gateway itself. */
    public Gateway gateway() {
        return gateway;
    }

    /** Drains and ends; returns when all is on disk. */
    @Override
    public void close() {
        gateway.close();
    }

    /** All that the configuration file can say, with the same names. Not for use by several threads. */
    public static final class Builder {
        private final ConfigBuilder config = Config.builder();
        private Router router = new AutoRouter();

        private Builder() {
            config.localDiscover(false); // an embedder says what it wants
        }

        /** Where to listen; port 0 takes any free one. 127.0.0.1:4680 when left out. */
        public Builder bind(String host, int port) {
            config.listen(host, port);
            return this;
        }

        /** Serves HTTPS with a PEM certificate chain and its PKCS#8 PEM key. */
        public Builder tls(Path certificate, Path key) {
            config.tls(certificate, key);
            return this;
        }

        /** The data directory. Left out, everything lives in memory and is gone at close. */
        public Builder data(Path directory) {
            config.data(directory);
            return this;
        }

        /** Needed to listen on addresses that other machines reach. */
        public Builder adminToken(String token) {
            config.adminToken(token);
            return this;
        }

        /** A name, or an address, that a Host header may bear besides loopback's own; without a port. */
        public Builder host(String name) {
            config.host(name);
            return this;
        }

        /** A key that clients may show. */
        public Builder key(String name, String key) {
            config.key(name, key);
            return this;
        }

        public Builder key(KeyConfig key) {
            config.key(key);
            return this;
        }

        public Builder provider(ProviderConfig provider) {
            config.provider(provider);
            return this;
        }

        /** Whether to look for Ollama, LM Studio, llama.cpp and vLLM on loopback; off unless asked for. */
        public Builder localDiscover(boolean discover) {
            config.localDiscover(discover);
            return this;
        }

        public Builder alias(String name, String model) {
            config.alias(name, model);
            return this;
        }

        public Builder routing(boolean auto, Preference prefer) {
            config.routing(auto, prefer);
            return this;
        }

        /** Another router behind the model {@code auto}. */
        public Builder router(Router auto) {
            router = auto;
            return this;
        }

        /** Whether thinking that plain chat cannot carry is kept in memory for the next turn; on by default. */
        public Builder rememberThinking(boolean remember) {
            config.rememberThinking(remember);
            return this;
        }

        public Builder limits(LimitsConfig limits) {
            config.limits(limits);
            return this;
        }

        /** A JDBC URL such as {@code jdbc:sqlite:penstock.db}. */
        public Builder store(String url) {
            config.store(url);
            return this;
        }

        public Builder store(StoreConfig store) {
            config.store(store);
            return this;
        }

        /** For one start: to do without the charges of a redo log that is missing or damaged, where the start would stop. */
        public Builder acceptRedoLoss(boolean accept) {
            config.acceptRedoLoss(accept);
            return this;
        }

        /** Starts. Throws {@link StartException} if it cannot, {@link IllegalArgumentException} if a value is wrong. */
        public Penstock start() {
            Gateway started = Gateway.start(config.build(), System.getenv(), router);
            for (String warning : started.inventory().warnings()) { // the command line prints them
                LoggerFactory.getLogger(Penstock.class).warn("{}", warning);
            }
            return new Penstock(started);
        }
    }
}
