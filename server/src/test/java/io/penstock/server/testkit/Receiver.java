package io.penstock.server.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A provider as a test asks it afterwards: the requests that it received, in the order they were complete. Any thread. */
public abstract class Receiver implements AutoCloseable {
    private final List<Received> received = Collections.synchronizedList(new ArrayList<>());
    private final BlockingQueue<Received> untaken = new LinkedBlockingQueue<>();

    Receiver() {}

    void keep(Received request) {
        received.add(request);
        untaken.add(request);
    }

    /** All requests so far. */
    public final List<Received> received() {
        synchronized (received) {
            return List.copyOf(received);
        }
    }

    /** The next complete request that nobody took yet; waits for it. */
    public final Received take() {
        return Await.value("a request at the provider", untaken::poll);
    }

    /** Forgets the requests so far. */
    public final void forget() {
        received.clear();
        untaken.clear();
    }

    @Override
    public abstract void close();
}
