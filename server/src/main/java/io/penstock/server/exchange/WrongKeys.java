package io.penstock.server.exchange;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Slows down whoever guesses: after five wrong ones from an address in a minute, the answer to each further wrong one is to
 * wait a second. One instance for each kind of secret; a right one is never shown to it.
 *
 * <p>Addresses share {@link #SLOTS} slots by a hash that differs from process to process, so the memory is bounded (at most
 * 80 KiB), and who shares a slot with a guesser loses nothing but a second after a wrong one. Of an IPv6 address the first 64
 * bits count: a host has all that follow. Loopback is an address like any other: another program of this machine may guess.
 *
 * <p>Safe from any thread; never blocks.
 */
public final class WrongKeys {
    static final int FREE = 5;
    static final long WINDOW_NANOS = 60_000_000_000L;
    static final long DELAY_NANOS = 1_000_000_000L;
    static final int SLOTS = 1_024;

    private final LongSupplier nanoClock;
    private final int seed = ThreadLocalRandom.current().nextInt();
    private final AtomicReferenceArray<long @Nullable []> slots =
            new AtomicReferenceArray<>(SLOTS); // times, oldest first

    public WrongKeys(LongSupplier nanoClock) {
        this.nanoClock = nanoClock;
    }

    /** Notes a wrong one; returns for how many nanoseconds its answer is to wait, 0 or {@link #DELAY_NANOS}. */
    public long note(InetAddress from) {
        long now = nanoClock.getAsLong();
        int slot = slot(from);
        while (true) {
            long[] before = slots.get(slot);
            if (slots.compareAndSet(slot, before, with(before, now))) {
                boolean often = before != null && before.length == FREE && now - before[0] < WINDOW_NANOS;
                return often ? DELAY_NANOS : 0;
            }
        }
    }

    private static long[] with(long @Nullable [] before, long now) {
        if (before == null) {
            return new long[] {now};
        }
        int drop = before.length == FREE ? 1 : 0;
        long[] after = Arrays.copyOfRange(before, drop, before.length + 1);
        after[after.length - 1] = now;
        return after;
    }

    private int slot(InetAddress address) {
        byte[] bytes = address.getAddress();
        int length = address instanceof Inet6Address ? 8 : bytes.length;
        int hash = seed;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ bytes[i]) * 0x01000193; // FNV-1a
        }
        return (hash ^ hash >>> 15) & SLOTS - 1;
    }
}
