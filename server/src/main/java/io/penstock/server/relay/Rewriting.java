package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.penstock.server.wire.MemoryBudget;
import io.penstock.server.wire.MemoryShare;

/**
 * The work of a stream's rewriter: what it keeps is counted, and what it cannot go on with ends the stream. Event loop only; {@link
 * #close} gives back what was counted.
 */
final class Rewriting implements AutoCloseable {
    private final EventRewriter by;
    private final EventJudge judge;
    private final RelayEnd end;
    private final MemoryShare kept;
    private int keptBytes;

    /**
     * Keeps nothing yet.
     *
     * @param judge who knows the event at hand, and has it read if it is small
     * @param heap in which counts what the rewriter keeps
     */
    Rewriting(EventRewriter by, EventJudge judge, RelayEnd end, MemoryBudget heap) {
        this.by = by;
        this.judge = judge;
        this.end = end;
        this.kept = new MemoryShare(heap);
    }

    EventRewriter by() {
        return by;
    }

    /** Whether the event judged last is one that cannot be told, and so ends the answer. */
    boolean fails() {
        return by.wantsJson() && judge.found().broken();
    }

    /** Writes the event judged last, which came in {@code event}. */
    void write(ByteBuf event, ByteBuf out) {
        int whole = out.writerIndex();
        EventData data = judge.data();
        try {
            if (judge.read()) {
                by.write(out);
            } else {
                by.event(data.in(event), data.start(), data.end(), out);
            }
        } catch (Throwable bug) {
            out.writerIndex(whole); // half an event must not stand in front of our error event
            throw bug;
        }
    }

    /** The event judged last, which came in {@code event}, ends the answer. */
    void last(ByteBuf event) {
        if (judge.looked()) {
            EventData data = judge.data();
            if (!judge.read()) {
                by.read(data.in(event), data.start(), data.end());
            }
            by.last();
            wrote();
        }
    }

    /** Writes what stands before an answer: an event of Responses that says that work has begun, or what says nothing. */
    void lead(ByteBuf event, int from, int to, boolean responses, ByteBuf out) {
        if (responses && judge.data().start() >= 0) {
            write(event, out);
        } else {
            by.blank(event, from, to, out);
        }
    }

    /** Counts what is kept after an event was written, and ends the stream where it cannot go on. */
    void wrote() {
        int more = by.heldBytes() - keptBytes;
        if (more > 0 && by.heldBytes() > StreamRelay.EVENT_BYTES_MAX) {
            end.tooLarge("an answer of which more than " + StreamRelay.EVENT_BYTES_MAX + " bytes must be kept");
        } else if (more > 0 && !kept.grow(more)) {
            end.noRoom();
        } else {
            if (more < 0) {
                kept.shrink(-more);
            }
            keptBytes += more;
        }
        Throwable bug = by.fault();
        if (bug != null) {
            end.fault(bug);
        }
        String problem = by.problem();
        if (problem != null) {
            end.failed(problem);
        }
    }

    @Override
    public void close() {
        kept.giveBack();
    }
}
