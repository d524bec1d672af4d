package io.penstock.server;

import io.penstock.protocol.Protocol;
import io.penstock.provider.Endpoint;
import io.penstock.provider.Operation;
import io.penstock.provider.Provider;
import io.penstock.provider.Providers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Looks for model servers on this machine: Ollama, LM Studio, llama.cpp, vLLM on their usual loopback ports. A server counts
 * when it lists its models in OpenAI's shape; whether it speaks Anthropic's protocol too, and what each model can do, is asked
 * of it, not assumed.
 *
 * <p>Blocks, for at most {@link #PATIENCE_MILLIS} and a little; never on an event loop. Sends nothing off the machine.
 */
final class LocalServers implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 1_500;
    private static final long LATE_MILLIS = 500; // for what was asked in time to come back

    private final ProviderRegistryBuilder builder;
    private final Providers known;
    private final boolean wanted;
    private final LocalAbilities abilities = new LocalAbilities();
    private final ExecutorService threads = Executors.newCachedThreadPool(runnable -> {
        Thread thread = new Thread(runnable, "penstock-discovery");
        thread.setDaemon(true);
        return thread;
    });

    LocalServers(ProviderRegistryBuilder builder, Providers known, boolean wanted) {
        this.builder = builder;
        this.known = known;
        this.wanted = wanted;
    }

    /** What answers now; empty when discovery is off. */
    List<ProviderRegistryBuilder.Local> find() {
        List<CompletableFuture<ProviderRegistryBuilder.@Nullable Local>> asked = new ArrayList<>();
        for (Provider provider : known.all()) {
            if (looksFor(provider)) {
                asked.add(CompletableFuture.supplyAsync(() -> ask(provider), threads)
                        .completeOnTimeout(null, PATIENCE_MILLIS + LATE_MILLIS, TimeUnit.MILLISECONDS)
                        .exceptionally(failed -> null));
            }
        }
        List<ProviderRegistryBuilder.Local> found = new ArrayList<>();
        for (CompletableFuture<ProviderRegistryBuilder.@Nullable Local> answer : asked) {
            ProviderRegistryBuilder.Local local = answer.join();
            if (local != null) {
                found.add(local);
            }
        }
        return found;
    }

    /** The id of the server that would have a model of that name ({@code ollama/llama3.2}), running or not; null if none. */
    @Nullable
    String serverOf(String model) {
        int slash = model.indexOf('/');
        Optional<Provider> provider = slash <= 0
                ? Optional.empty()
                : known.named(model.substring(0, slash).toLowerCase(Locale.ROOT));
        return provider.filter(this::looksFor).map(Provider::id).orElse(null);
    }

    /** That server alone, asked now; null if it does not answer. */
    ProviderRegistryBuilder.@Nullable Local find(String id) {
        return known.named(id).filter(this::looksFor).map(this::ask).orElse(null);
    }

    private boolean looksFor(Provider provider) {
        return wanted && provider.local() && !builder.configured(provider.id());
    }

    private ProviderRegistryBuilder.@Nullable Local ask(Provider provider) {
        Endpoint openai = provider.endpoint(Protocol.OPENAI);
        if (openai == null) {
            return null;
        }
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        try {
            LocalCall.Answer listing = LocalCall.to(openai, "GET", openai.target(Operation.MODELS), "", deadline);
            Map<String, Object> listed = listing.status() == 200 ? LocalJson.object(listing.body()) : Map.of();
            if (LocalJson.list(listed, "data").isEmpty()) {
                return null;
            }
            Map<Protocol, Endpoint> speaks = new EnumMap<>(Protocol.class);
            speaks.put(Protocol.OPENAI, openai);
            for (Endpoint endpoint : provider.endpoints().values()) {
                if (endpoint.protocol() != Protocol.OPENAI && speaks(endpoint, deadline)) {
                    speaks.put(endpoint.protocol(), endpoint);
                }
            }
            List<LocalModel> models = abilities.of(provider.traits().server(), openai, listed, threads, deadline);
            if (models.isEmpty()) {
                return null;
            }
            Provider running = provider.at(speaks);
            return new ProviderRegistryBuilder.Local(
                    running, models, "answers on " + openai.host() + ":" + openai.port(), builder.targets(running));
        } catch (IOException | JacksonException silent) {
            return null;
        }
    }

    /** An empty request is refused by a server that knows the path, and unknown to one that does not. */
    private static boolean speaks(Endpoint endpoint, long deadline) throws IOException {
        int status = LocalCall.to(endpoint, "POST", endpoint.target(Operation.GENERATE), "{}", deadline)
                .status();
        return !Operation.unknownBy(status);
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
