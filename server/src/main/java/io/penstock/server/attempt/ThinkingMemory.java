package io.penstock.server.attempt;

import io.penstock.protocol.translate.ThinkingRecall;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Thinking that plain chat cannot carry, and whose the signatures are that passed untouched, kept for the next turn: by gateway
 * key and call id or hash, in memory alone, at most {@link
 * #BYTES_MAX} bytes of it and for {@link #KEPT_NANOS} since it was last asked for; the oldest goes first. Safe from any thread.
 *
 * <p>The newest thought is the one that the next turn needs. A cache that admits by frequency refuses it for what was asked for
 * more often: Caffeine 3.3.1 of this size, full of old conversations, lost every thought of 60 KB of a new one. So this is a map
 * in the order of asking.
 */
final class ThinkingMemory {
    /** Of all that is kept, in bytes: some hundred long turns. */
    static final long BYTES_MAX = 4L * 1024 * 1024;

    /** As long as a provider's prompt cache lives at most; a later turn has lost that anyway. */
    static final long KEPT_NANOS = TimeUnit.HOURS.toNanos(1);

    private static final int DIGEST_BYTES = 16; // of a hash: enough to tell signatures apart
    private static final int ENTRY_BYTES = 128; // of the map, roughly

    private static final Pattern NO_LETTER = Pattern.compile("[^A-Za-z0-9]+");

    private final boolean on;
    private final LongSupplier clock;
    private final Map<Call, Entry> entries = new LinkedHashMap<>(64, 0.75f, true);
    private final Set<String> makers = ConcurrentHashMap.newKeySet(); // as many as there are providers
    private long bytes;

    /** By the letters and digits of the id: OpenClaw brings back {@code callx} for {@code call_x}. */
    private record Call(long keyId, String callId) {
        private Call {
            callId = NO_LETTER.matcher(callId).replaceAll("");
        }
    }

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

    /** Keeps who made what passed untouched in an answer to that key. */
    void keepMaker(long keyId, List<String> opaques, String provider) {
        if (on && !opaques.isEmpty()) {
            Map<String, byte[]> byOpaque = new HashMap<>();
            for (String opaque : opaques) {
                byOpaque.put(digest(opaque), provider.getBytes(StandardCharsets.UTF_8));
            }
            keep(keyId, byOpaque);
            makers.add(provider);
        }
    }

    /** Whether anything is known to be made by somebody else. */
    boolean knowsOthersThan(String provider) {
        return makers.size() > 1 || !makers.isEmpty() && !makers.contains(provider);
    }

    /** Short, and no call's id. */
    private static String digest(String opaque) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(opaque.getBytes(StandardCharsets.UTF_8));
            return "opaque " + HexFormat.of().formatHex(hash, 0, DIGEST_BYTES);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible); // every JDK has it
        }
    }

    /** What is kept for that key. */
    ThinkingRecall of(long keyId) {
        return on ? new Recall(keyId) : ThinkingRecall.NOTHING;
    }

    /** For one request: of a call that a client repeats a thousand times, the thought is not repeated as often. */
    private final class Recall implements ThinkingRecall {
        private final long keyId;
        private long bytesLeft = BYTES_MAX; // all that is kept, told once each

        private Recall(long keyId) {
            this.keyId = keyId;
        }

        @Override
        public byte @Nullable [] before(String callId) {
            byte[] thinking = kept(keyId, callId);
            bytesLeft -= thinking == null ? 0 : thinking.length;
            return bytesLeft < 0 ? null : thinking;
        }

        @Override
        public @Nullable String maker(String opaque) {
            byte[] provider = kept(keyId, digest(opaque));
            return provider == null ? null : new String(provider, StandardCharsets.UTF_8);
        }
    }

    private synchronized byte @Nullable [] kept(long keyId, String callId) {
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
