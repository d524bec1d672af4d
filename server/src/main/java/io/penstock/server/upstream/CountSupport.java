package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufInputStream;
import io.penstock.protocol.CountAnswer;
import io.penstock.provider.Operation;

/**
 * Whether a provider that speaks Anthropic's messages counts tokens too. Few say so, and more do: it is found out by asking
 * with the first request for a count. Where there is no count, ours is as good as it gets, so no failure here is the client's.
 *
 * <p>Safe from any thread, without a lock: what is forgotten is asked once more.
 */
public final class CountSupport {
    private static final long ABSENT_NANOS = 3_600_000_000_000L; // the path is not known there; until a new version is
    private static final long FAILED_NANOS = 60_000_000_000L;
    private static final int ANSWER_BYTES_MAX = 64 * 1024; // a count has some 30

    private final Mark silent = new Mark();
    private volatile boolean counts;

    /** @param documented whether the provider says that it counts */
    CountSupport(boolean documented) {
        counts = documented;
    }

    /** Whether the next count is asked for there. */
    public boolean asked() {
        return !silent.holds();
    }

    /**
     * An answer of success came. False if it is no count.
     *
     * @param json of the answer, left alone
     */
    public boolean answered(ByteBuf json) {
        boolean count =
                json.readableBytes() <= ANSWER_BYTES_MAX && CountAnswer.is(new ByteBufInputStream(json.slice()));
        if (count) {
            counts = true;
            silent.clear();
        } else {
            absent();
        }
        return count;
    }

    /** A refusal came. True if it is about the request, and for the client to hear: by a provider that is known to count. */
    public boolean refused(int status) {
        if (counts && CountAnswer.blamesRequest(status)) {
            return true;
        }
        if (Operation.unknownBy(status)) {
            absent();
        } else {
            failed();
        }
        return false;
    }

    /** No answer came, or none in time. */
    public void failed() {
        if (!silent.holds()) {
            silent.until(System.nanoTime() + FAILED_NANOS);
        }
    }

    private void absent() {
        if (!counts) { // else it is the model that is not known there
            silent.until(System.nanoTime() + ABSENT_NANOS);
        }
    }
}
