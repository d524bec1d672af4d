package io.penstock.server.upstream;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Looks host names up by the JDK, so that hosts file, VPN and caches hold, on threads of its own: a look-up may block for as
 * long as the system likes, and cannot be ended.
 *
 * <p>A host has one look-up at a time, which all who ask meanwhile share; a second one would only wait for it inside the JDK.
 * So a name server that hangs costs a thread for each of its hosts, as many as are configured, and no other host waits for
 * them. Safe from any thread.
 */
public final class Resolver implements AutoCloseable {
    private static final long THREAD_IDLE_SECONDS = 30;

    private final Lookup lookup;
    private final ConcurrentHashMap<String, CompletableFuture<InetAddress[]>> running = new ConcurrentHashMap<>();
    private final ExecutorService threads = new ThreadPoolExecutor(
            0, Integer.MAX_VALUE, THREAD_IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(task, "penstock-names");
                thread.setDaemon(true);
                return thread;
            });

    /** Where names are looked up. */
    @FunctionalInterface
    interface Lookup {
        /** Blocks. At least one address. */
        InetAddress[] addresses(String host) throws UnknownHostException;
    }

    public Resolver() {
        this(InetAddress::getAllByName);
    }

    Resolver(Lookup lookup) {
        this.lookup = lookup;
    }

    /** The addresses of a host, or why there are none. What is hung on it stays until the look-up ends, if ever it does. */
    CompletableFuture<InetAddress[]> addresses(String host) {
        return running.computeIfAbsent(host, name -> {
            CompletableFuture<InetAddress[]> answer = new CompletableFuture<>();
            threads.execute(() -> look(name, answer));
            return answer;
        });
    }

    private void look(String host, CompletableFuture<InetAddress[]> answer) {
        InetAddress[] found = null;
        Throwable why = null;
        try {
            found = lookup.addresses(host);
        } catch (Throwable e) { // an Error too: who waits must hear of it
            why = e;
        } finally {
            running.remove(host); // first: who asks from here on asks anew
        }
        finish(answer, found, why);
    }

    private static void finish(
            CompletableFuture<InetAddress[]> answer, InetAddress @Nullable [] found, @Nullable Throwable why) {
        if (found != null) {
            answer.complete(found);
        } else {
            answer.completeExceptionally(why == null ? new UnknownHostException() : why);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
