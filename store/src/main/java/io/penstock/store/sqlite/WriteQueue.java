package io.penstock.store.sqlite;

import io.penstock.store.Committed;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.Reservation;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the writer: a stack linked through its entries. A push is one allocation and one compare-and-set; the
 * writer takes the whole of it at once and turns it round. Each entry knows how many are below it, and whether one of them
 * is urgent.
 */
final class WriteQueue {
    private static final VarHandle HEAD = head();
    private static final Entry CLOSED = Entry.of("closed");

    private volatile @Nullable Entry head;

    /** One thing to write: a {@link Reservation}, {@link ExchangeEnd}, {@code RequestLogEntry} or {@link WriteTask}. */
    static final class Entry {
        final Object item;
        private @Nullable Committed done;
        final byte half; // of the redo log, that holds it

        @Nullable
        Entry next;

        // The writer's.
        boolean settled; // in the database, or given up
        boolean owed; // among what is to be written when the store works again

        private boolean urgent; // itself at first; once it is pushed, this one or one below it
        private int depth;

        Entry(Object item, @Nullable Committed done, int half, boolean urgent) {
            this.item = item;
            this.done = done;
            this.half = (byte) half;
            this.urgent = urgent;
        }

        /** Nobody waits for it, and no redo log holds it. */
        static Entry of(Object item) {
            return new Entry(item, null, RedoLog.NOWHERE, false);
        }

        /** Who is to be told, once. */
        @Nullable
        Committed takeDone() {
            Committed who = done;
            done = null;
            return who;
        }

        int depth() {
            return depth;
        }

        boolean urgent() {
            return urgent;
        }
    }

    /** Any thread. False when closed. */
    boolean push(Entry entry) {
        boolean urgent = entry.urgent;
        while (true) {
            Entry top = head;
            if (top == CLOSED) {
                return false;
            }
            entry.next = top;
            entry.depth = top == null ? 1 : top.depth + 1;
            entry.urgent = urgent || (top != null && top.urgent);
            if (HEAD.compareAndSet(this, top, entry)) {
                return true;
            }
        }
    }

    /** The last that was pushed; null: empty. */
    @Nullable
    Entry top() {
        return head;
    }

    int depth() {
        Entry top = head;
        return top == null || top == CLOSED ? 0 : top.depth;
    }

    /** The writer only: all entries, the first that was pushed in front. */
    @Nullable
    Entry takeAll() {
        return turned((Entry) HEAD.getAndSet(this, null));
    }

    private static @Nullable Entry turned(@Nullable Entry last) {
        Entry list = last == CLOSED ? null : last;
        Entry turned = null;
        while (list != null) {
            Entry next = list.next;
            list.next = turned;
            turned = list;
            list = next;
        }
        return turned;
    }

    /** The writer only: nothing can be pushed from now on. False if something was. */
    boolean closeIfEmpty() {
        return HEAD.compareAndSet(this, null, CLOSED);
    }

    /** Nothing can be pushed from now on; what was is handed out as by {@link #takeAll}. */
    @Nullable
    Entry close() {
        return turned((Entry) HEAD.getAndSet(this, CLOSED));
    }

    private static VarHandle head() {
        try {
            return MethodHandles.lookup().findVarHandle(WriteQueue.class, "head", Entry.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
