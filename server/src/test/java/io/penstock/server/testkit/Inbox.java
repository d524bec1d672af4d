package io.penstock.server.testkit;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Requests as a provider received them, in the order they were complete. Any thread. */
final class Inbox {
    private final List<Received> all = Collections.synchronizedList(new ArrayList<>());
    private final BlockingQueue<Received> untaken = new LinkedBlockingQueue<>();

    void add(Received request) {
        all.add(request);
        untaken.add(request);
    }

    List<Received> all() {
        synchronized (all) {
            return List.copyOf(all);
        }
    }

    /** The next one that nobody took yet; waits for it. */
    Received take() {
        return Await.value("a request at the provider", untaken::poll);
    }

    void forget() {
        all.clear();
        untaken.clear();
    }
}
