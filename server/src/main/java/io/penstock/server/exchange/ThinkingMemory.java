package io.penstock.server.exchange;

import io.penstock.protocol.translate.ThinkingRecall;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Thinking that plain chat cannot carry, kept for the next turn: by gateway key and call id, in memory alone, at most {@link
 * #BYTES_MAX} bytes of it and for {@link #KEPT_NANOS} since it was last asked for; the oldest goes first. Safe from any thread.
 */
final class ThinkingMemory {
    /** Of all that is kept, in bytes: some hundred long turns. */
    static final long BYTES_MAX = 4L * 1024 * 1024;

    /** As long as a provider's prompt cache lives at most; a later turn has lost that anyway. */
    static final long KEPT_NANOS = TimeUnit.HOURS.toNanos(1);

    private static final int ENTRY_BYTES = 128; // of the map, roughly

    private final boolean on;
    private final LongSupplier clock;
    private final Map<Call, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    private record Call(long keyId, String callId) {}

    private static final class Entry {
        private final byte[] thinking;
        private long askedNanos;

        private Entry(byte[] thinking, long now) {
            this.thinking = thinking;
            this.askedNanos = now;
        }
    }

    /**
     * Empty.
     *
     * @param on whether anything is kept at all
     * @param clock nanoseconds, as {@link System#nanoTime}
     */
    ThinkingMemory(boolean on, LongSupplier clock) {
        this.on = on;
        this.clock = clock;
    }

    /** Whether anything is kept at all. */
    boolean on() {
        return on;
    }

    /** Keeps what an answer to that key thought, by call id. */
    synchronized void keep(long keyId, Map<String, byte[]> thinkingByCall) {
        if (!on) {
            return;
        }
        long now = clock.getAsLong();
        thinkingByCall.forEach((callId, thinking) -> {
            Entry before = entries.put(new Call(keyId, callId), new Entry(thinking, now));
            bytes += size(thinking) - (before == null ? 0 : size(before.thinking));
        });
        for (Iterator<Entry> oldest = entries.values().iterator(); oldest.hasNext(); ) {
            Entry entry = oldest.next();
            if (bytes <= BYTES_MAX && now - entry.askedNanos <= KEPT_NANOS) {
                return;
            }
            bytes -= size(entry.thinking);
            oldest.remove();
        }
    }

    private static long size(byte[] thinking) {
        return thinking.length + (long) ENTRY_BYTES;
    }

    /** What is kept for that key. */
    ThinkingRecall of(long keyId) {
        return on ? callId -> before(keyId, callId) : ThinkingRecall.NOTHING;
    }

    private synchronized byte @org.jspecify.annotations.Nullable [] before(long keyId, String callId) {
        Entry entry = entries.get(new Call(keyId, callId));
        long now = clock.getAsLong();
        if (entry == null || now - entry.askedNanos > KEPT_NANOS) {
            return null;
        }
        entry.askedNanos = now;
        return entry.thinking;
    }

    /** Bytes of all that is kept. */
    synchronized long bytes() {
        return bytes;
    }

    /** Whether there is nothing to be recalled. */
    synchronized boolean isEmpty() {
        return entries.isEmpty();
    }
}
