package io.penstock.server;

import io.penstock.catalog.Catalog;
import io.penstock.server.exchange.ModelSearch;
import io.penstock.server.exchange.ModelsOnOffer;
import io.penstock.server.wire.Complaints;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again which model servers run on this machine, so that one that starts later, or loads another model, is on offer
 * without a restart: now and then, and at once when somebody asks for a model of theirs that is not known. One daemon thread
 * of its own; the event loops see a new registry, whole.
 */
final class LocalWatch implements ModelSearch, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalWatch.class);
    private static final long EVERY_SECONDS = 30;
    private static final long SEARCH_EVERY_NANOS = 1_000_000_000L; // of one server: wrong names must not keep it busy
    private static final int WAITING_MAX = 1_000; // requests for one look

    private final ModelsOnOffer models;
    private final ProviderRegistryBuilder builder;
    private final LocalServers servers;
    private final List<ProviderRegistryBuilder.Local> otherwise;
    private final ScheduledExecutorService thread;
    private final ScheduledFuture<?> watching;
    private final Map<String, Search> searches = new HashMap<>(); // by server; guarded by itself, for moments only
    private final Complaints complaints = new Complaints(LOG, "looking for local model servers");
    private List<ProviderRegistryBuilder.Local> offered; // the thread's own

    /** The look at one server that is under way, or was the last. */
    private static final class Search {
        final List<Waiting> waiting = new ArrayList<>();
        boolean running;
        long endedNanos;
    }

    private record Waiting(Executor loop, Runnable then) {
        void goOn() {
            try {
                loop.execute(then);
            } catch (RejectedExecutionException closed) { // and so is the client's connection
                LOG.debug("a look came too late for its loop", closed);
            }
        }
    }

    /**
     * Starts to watch.
     *
     * @param found what is on offer now
     * @param otherwise what is offered when nothing is configured and nothing found
     */
    LocalWatch(
            ModelsOnOffer models,
            ProviderRegistryBuilder builder,
            LocalServers servers,
            List<ProviderRegistryBuilder.Local> found,
            List<ProviderRegistryBuilder.Local> otherwise) {
        this.models = models;
        this.builder = builder;
        this.servers = servers;
        this.otherwise = otherwise;
        this.offered = List.copyOf(found);
        this.thread = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread daemon = new Thread(runnable, "penstock-local-watch");
            daemon.setDaemon(true);
            return daemon;
        });
        this.watching = thread.scheduleWithFixedDelay(this::look, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
    }

    private void look() {
        try {
            offer(servers.find());
        } catch (Throwable bug) { // it would be the last look
            complaints.of(bug);
        }
    }

    private void offer(List<ProviderRegistryBuilder.Local> found) {
        List<ProviderRegistryBuilder.Local> now = found.isEmpty() && builder.empty() ? otherwise : found;
        Set<Object> facts = facts(now);
        if (!facts.equals(facts(offered))) {
            offered = List.copyOf(now);
            models.replace(builder.build(now));
            LOG.info("local model servers changed: {}", now.isEmpty() ? "none runs" : String.join(", ", names(now)));
        }
    }

    private static Set<Object> facts(List<ProviderRegistryBuilder.Local> found) {
        Set<Object> facts = new HashSet<>();
        for (ProviderRegistryBuilder.Local local : found) {
            facts.add(local.provider());
            for (LocalModel model : local.models()) {
                facts.add(List.of(local.provider().id(), model));
            }
        }
        return facts;
    }

    private static Set<String> names(List<ProviderRegistryBuilder.Local> found) {
        Set<String> names = new TreeSet<>();
        for (ProviderRegistryBuilder.Local local : found) {
            for (LocalModel model : local.models()) {
                names.add(local.provider().id() + "/" + model.id());
            }
        }
        return names;
    }

    // ---- a model that somebody asked for

    @Override
    public boolean begin(String model, Executor loop, Runnable then) {
        String server = servers.serverOf(Catalog.withoutClientPrefix(model));
        if (server == null) {
            return false;
        }
        synchronized (searches) {
            Search search = searches.computeIfAbsent(server, first -> new Search());
            boolean tooSoon = search.endedNanos != 0 && System.nanoTime() - search.endedNanos < SEARCH_EVERY_NANOS;
            if (!search.running && tooSoon || search.waiting.size() >= WAITING_MAX) {
                return false;
            }
            if (!search.running) {
                try {
                    thread.execute(() -> search(server, search));
                } catch (RejectedExecutionException closed) {
                    return false;
                }
                search.running = true;
            }
            search.waiting.add(new Waiting(loop, then));
            return true;
        }
    }

    private void search(String server, Search search) {
        try {
            ProviderRegistryBuilder.Local local = servers.find(server);
            if (local != null) { // one that does not answer is left to the next look at all
                List<ProviderRegistryBuilder.Local> found = new ArrayList<>();
                for (ProviderRegistryBuilder.Local other : offered) {
                    if (!other.provider().id().equals(server) && !otherwise.contains(other)) {
                        found.add(other);
                    }
                }
                found.add(local);
                offer(found);
            }
        } catch (Throwable bug) { // those who wait must hear
            complaints.of(bug);
        }
        List<Waiting> waiting;
        synchronized (searches) {
            waiting = List.copyOf(search.waiting);
            search.waiting.clear();
            search.running = false;
            search.endedNanos = System.nanoTime();
        }
        waiting.forEach(Waiting::goOn);
    }

    @Override
    public void close() {
        watching.cancel(true);
        thread.shutdownNow();
        servers.close();
    }
}
