package io.penstock.server;

import io.penstock.server.exchange.Complaints;
import io.penstock.server.exchange.Services;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks again, now and then, which model servers run on this machine, so that one that starts later, or loads another model,
 * is on offer without a restart. One daemon thread of its own; the event loops see a new offering, whole.
 */
final class LocalWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalWatch.class);
    private static final long EVERY_SECONDS = 30;

    private final Services services;
    private final Supply supply;
    private final LocalServers servers;
    private final List<Supply.Local> otherwise;
    private final ScheduledExecutorService thread;
    private final ScheduledFuture<?> watching;
    private final Complaints complaints = new Complaints(LOG, "looking for local model servers");
    private Set<String> offered;

    /**
     * Starts to watch.
     *
     * @param found what is on offer now
     * @param otherwise what is offered when nothing is configured and nothing found
     */
    LocalWatch(
            Services services,
            Supply supply,
            LocalServers servers,
            List<Supply.Local> found,
            List<Supply.Local> otherwise) {
        this.services = services;
        this.supply = supply;
        this.servers = servers;
        this.otherwise = otherwise;
        this.offered = facts(found);
        this.thread = Executors.newSingleThreadScheduledExecutor(runnable -> {
            Thread daemon = new Thread(runnable, "penstock-local-watch");
            daemon.setDaemon(true);
            return daemon;
        });
        this.watching = thread.scheduleWithFixedDelay(this::look, EVERY_SECONDS, EVERY_SECONDS, TimeUnit.SECONDS);
    }

    private void look() {
        try {
            List<Supply.Local> found = new ArrayList<>(servers.find());
            if (found.isEmpty() && supply.empty()) {
                found.addAll(otherwise);
            }
            Set<String> now = facts(found);
            if (!now.equals(offered)) {
                offered = now;
                services.offering(supply.offering(found));
                LOG.info("local model servers changed: {}", now.isEmpty() ? "none runs" : String.join(", ", now));
            }
        } catch (Throwable bug) { // it would be the last look
            complaints.of(bug);
        }
    }

    private static Set<String> facts(List<Supply.Local> found) {
        Set<String> facts = new HashSet<>();
        for (Supply.Local local : found) {
            for (String model : local.models()) {
                facts.add(local.provider().id() + "/" + model + " "
                        + local.provider().protocols());
            }
        }
        return facts;
    }

    @Override
    public void close() {
        watching.cancel(true);
        thread.shutdownNow();
    }
}
