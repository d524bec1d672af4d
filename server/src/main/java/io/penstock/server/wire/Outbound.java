package io.penstock.server.wire;

import io.netty.channel.WriteBufferWaterMark;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What clients have not taken yet of what was written for them: it counts in the budget of direct memory, and the more of it
 * there is, the less a client may leave lying before its provider is no longer read. Safe from any thread.
 *
 * <p>A client piles up what its water mark allows and one read more, so the marks and the reads become as small as the number of
 * clients asks.
 */
final class Outbound {
    /** Of the budget; requests and answers have the rest. */
    private static final int PART = 4;

    private static final long FULL_MIN = 1024 * 1024;
    private static final int ROOM_MIN = 1024;
    private static final int CLIENTS_MIN = 64; // so many may take their fill at once
    private static final WriteBufferWaterMark[] MARKS = marks();

    private final MemoryBudget direct;
    private final AtomicLong bytes = new AtomicLong();

    Outbound(MemoryBudget direct) {
        this.direct = direct;
    }

    private static WriteBufferWaterMark[] marks() {
        WriteBufferWaterMark[] marks = new WriteBufferWaterMark[7];
        for (int i = 0; i < marks.length; i++) {
            int high = ROOM_MIN << i;
            marks[i] = new WriteBufferWaterMark(high / 2, high);
        }
        return marks;
    }

    /** So many bytes more lie there, or less. */
    void changed(long by) {
        if (by > 0) {
            bytes.addAndGet(by);
            direct.takeAnyway(by);
        } else if (by < 0) {
            bytes.addAndGet(by);
            direct.giveBack(-by);
        }
    }

    /** What one of so many clients may leave lying, and what may be read for it at once: a power of two. */
    int room(int clients) {
        long left = Math.max(0, direct.bytesMax() / PART - bytes.get());
        long each = left / (2L * Math.max(CLIENTS_MIN, clients));
        return each < 2 * ROOM_MIN ? ROOM_MIN : (int) Math.min(ReadSizes.BYTES_MAX, Long.highestOneBit(each));
    }

    /** The water marks that go with such a room. */
    static WriteBufferWaterMark mark(int room) {
        return MARKS[Integer.numberOfTrailingZeros(room / ROOM_MIN)];
    }

    /** Whether so much lies there that nobody new should be served before some is taken. */
    boolean full() {
        return bytes.get() > Math.max(FULL_MIN, direct.bytesMax() / 4 * 3);
    }
}
