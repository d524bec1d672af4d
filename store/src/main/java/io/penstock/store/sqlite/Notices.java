package io.penstock.store.sqlite;

import io.penstock.store.Committed;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Requests;
import io.penstock.store.Reservation;
import io.penstock.store.sqlite.WriteQueue.Entry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells of what was written and what was not. Nothing here throws: who is told may throw what they like. */
final class Notices {
    private static final int REQUEST_ID_MAX = 64; // in a message
    private static final Logger LOG = LoggerFactory.getLogger(Notices.class);

    private volatile Requests.Listener listener = entry -> {};

    /** Who is told of exchanges; once, before the first. */
    void listener(Requests.Listener told) {
        listener = told;
    }

    /** Of a batch that was written, or is given up. */
    void tellAll(Batch told, boolean durable) {
        for (Entry entry : told.ends()) {
            RequestLogEntry log = ((ExchangeEnd) entry.item).log();
            tell(durable ? log : log.interrupted());
            tell(entry.takeDone(), durable);
        }
        for (Entry entry : told.logs()) {
            tell((RequestLogEntry) entry.item);
        }
    }

    void tell(RequestLogEntry entry) {
        try {
            listener.ended(entry);
        } catch (Throwable e) {
            complain(listener.getClass().getName() + " failed when told of an exchange", e);
        }
    }

    static void tell(@Nullable Committed done, boolean durable) {
        try {
            if (done != null) {
                done.committed(durable);
            }
        } catch (Throwable e) {
            complain("who was told of a commit failed", e);
        }
    }

    static void complainOfLoss(Entry entry, Throwable fault) {
        complain("the database refuses an entry, which is lost: " + requestId(entry.item), fault);
    }

    /** There may be no memory left to complain with. */
    static void complain(String of, Throwable fault) {
        try {
            LOG.error(of, fault);
        } catch (Throwable e) {
            // nothing is left that could be done
        }
    }

    /** Cut, for it is to be read. */
    private static String requestId(Object item) {
        String id = item instanceof Reservation hold
                ? hold.requestId()
                : item instanceof ExchangeEnd end ? end.requestId() : ((RequestLogEntry) item).requestId();
        return id.length() > REQUEST_ID_MAX ? id.substring(0, REQUEST_ID_MAX) + "…" : id;
    }
}
