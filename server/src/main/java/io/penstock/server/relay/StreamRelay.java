package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Pieces;
import io.penstock.server.wire.MemoryShare;
import io.penstock.server.wire.OwnChunk;
import org.jspecify.annotations.Nullable;

/**
 * Relays one provider's SSE stream to one client: of the same protocol as it is, of another through a rewriter.
 *
 * <p>The provider's framing is walked in place. A chunk that lies whole in the buffer and holds whole, ordinary events is
 * passed on with its framing; a run of such chunks is one write of the buffer that was read. Everything else takes the
 * careful way: an event cut between two reads is joined and leaves whole, the usage that the client did not
 * ask for is taken out, and the end of the answer is withheld for its settlement. So the client's stream is always at
 * an event's border, and an error or keep-alive may be put there at any time.
 *
 * <p>A large event is written anew away from the event loop; what comes meanwhile waits behind it.
 *
 * <p>Memory: at most one event, and as much before the first of an answer, each bounded by {@link #EVENT_BYTES_MAX}; what is
 * held from one read to the next counts in the gateway's budgets. Event loop only; {@link #close} releases what is held.
 */
public final class StreamRelay implements AutoCloseable {
    /** Longest event; a longer one ends the relay (RELIABILITY 3.4). Of a small heap, no more than a sixteenth. */
    public static final int EVENT_BYTES_MAX =
            (int) Math.min(16 * 1024 * 1024, Runtime.getRuntime().maxMemory() / 16);

    /** Why a translated stream ends at an event that cannot be read. */
    public static final String NOT_JSON = "an event that is not JSON";

    private static final String EMPTY = "an empty stream";

    private final RelayListener listener;
    private final ByteBufAllocator allocator;
    private final BodyFraming framing;
    private final Protocol protocol;
    private final boolean clientChunked;
    private final @Nullable Rewriting rewriting; // null for a relay of the bytes as they are
    private final EventJudge judge;
    private final SseScanner scanner = new SseScanner();
    private final CutEvent cutEvent; // by the end of a buffer
    private final LargeEvent large = new LargeEvent();
    private final RelayEnd end = new RelayEnd();
    private final @Nullable UnaskedUsage unasked; // null where nothing is taken out of chunks
    private final MemoryShare share; // of all that is held here
    private final ClientChunks chunks;

    private @Nullable ByteBuf lead; // owned: what came before the first event of an answer
    private @Nullable ByteBuf terminator; // owned: withheld
    private boolean begun;
    private boolean closing; // the last event came; what may stand behind it is waited for
    private boolean bodyEnded;
    private boolean dropped; // the last event was left out
    private boolean cut; // the event at hand goes on behind the buffer
    private @Nullable Verdict stopper; // on the event that ended a run of ordinary ones, until it is applied
    private int stopperEnd;
    private int unaskedHolds; // bytes

    /**
     * Relays nothing yet.
     *
     * @param framing of the provider's body, set up by its head
     * @param usage takes what the provider reports
     * @param text counts what is delivered, for the estimate when usage is missing
     */
    public StreamRelay(
            RelayListener listener,
            BodyFraming framing,
            UsageCounter usage,
            ScriptCounter text,
            RelayTask task,
            RelayResources resources) {
        this.listener = listener;
        this.allocator = resources.allocator();
        this.framing = framing;
        this.protocol = task.protocol();
        this.clientChunked = task.clientChunked();
        EventRewriter rewriter = task.rewriter();
        this.unasked = task.usageUnasked() && rewriter == null && protocol == Protocol.OPENAI
                ? new UnaskedUsage(allocator)
                : null;
        this.judge = new EventJudge(task, resources, usage, text, unasked);
        this.cutEvent = new CutEvent(allocator);
        this.share = new MemoryShare(resources.direct());
        this.chunks = new ClientChunks(listener, allocator, clientChunked);
        this.rewriting = rewriter == null ? null : new Rewriting(rewriter, judge, end, resources.heap());
    }

    /** Whether an event of an answer came. */
    public boolean begun() {
        return begun;
    }

    /** The finish or stop reason that came last; null while none did. */
    public @Nullable String finishReason() {
        return judge.finishReason();
    }

    /** Whether text, reasoning, tool arguments or sound were relayed. */
    public boolean delivered() {
        return judge.delivered();
    }

    /** The number of the next event of the Responses protocol, be it one of ours: what was not passed on is not counted. */
    public long nextEvent() {
        return judge.numbers().next();
    }

    /** Which response the stream tells of; null where the protocol is another, or nothing was told. */
    public @Nullable ToldResponse response() {
        return judge.numbers().told();
    }

    /** Whether the usage that came is that of the whole answer. */
    public boolean usageComplete() {
        return judge.usageComplete();
    }

    /** Whether the answer's last event came, and only what may stand behind it ({@code [DONE]}) is waited for. */
    public boolean closing() {
        return closing && !end.came();
    }

    /** Waits no longer: an answer that is {@link #closing} is complete. */
    public void complete() {
        if (closing()) {
            onClose();
        }
    }

    /** A chunk that waits for what follows it goes to the client: something of ours goes there next. */
    public void letGo() {
        releaseHeld();
        chunks.flush();
    }

    /** Takes bytes of the provider's body, framing included. Ownership moves. */
    public void onBytes(ByteBuf bytes) {
        int to = bytes.writerIndex();
        int runStart = -1;
        int runEnd = -1;
        boolean raw = clientChunked && rewriting == null;
        int i = bytes.readerIndex();
        try {
            while (framing.next(bytes, i, to)) {
                int from = framing.payloadStart();
                int stop = framing.payloadEnd();
                i = stop;
                if (end.came()) {
                    continue;
                }
                if (large.underway()) {
                    holdBack(bytes, from, stop);
                    continue;
                }
                boolean whole = framing.chunkWhole();
                if (cutEvent.isEmpty() && scanner.lineFeedMayFollow() && bytes.getByte(from) == '\n') {
                    if (runStart >= 0) {
                        listener.relayed(bytes.retainedSlice(runStart, runEnd - runStart));
                        runStart = -1;
                    }
                    lineFeed(bytes, from++);
                    whole = false;
                }
                int plain = from; // up to here: whole, ordinary events
                cut = false;
                if (raw && begun && whole && !closing && cutEvent.isEmpty()) {
                    plain = plainUntil(bytes, from, stop);
                    if (plain == stop) {
                        if (runStart < 0) {
                            chunks.flush();
                            runStart = framing.chunkStart();
                        }
                        runEnd = framing.chunkEnd();
                        framing.skipChunkEnd();
                        i = runEnd;
                        continue;
                    }
                }
                if (runStart >= 0) {
                    listener.relayed(bytes.retainedSlice(runStart, runEnd - runStart));
                    runStart = -1;
                }
                chunks.copy(bytes, from, plain);
                if (cut) {
                    hold(bytes, plain, stop);
                } else {
                    careful(bytes, stopped(bytes, plain), stop);
                }
            }
        } catch (Throwable bug) {
            bytes.release();
            throw bug;
        }
        if (runStart == bytes.readerIndex() && runEnd == to) {
            listener.relayed(bytes); // the common case: the buffer as it was read
        } else {
            if (runStart >= 0) {
                listener.relayed(bytes.retainedSlice(runStart, runEnd - runStart));
            }
            bytes.release();
        }
        if (framing.problem() != null) {
            end.failed("malformed framing: " + framing.problem());
        }
        if (framing.done()) {
            bodyEnds();
        }
        finish();
    }

    private void finish() {
        if (end.came()) {
            releaseHeld();
        }
        chunks.flush();
        judge.close();
        end.tell(listener, begun, protocol);
    }

    /** The provider closed a connection whose end ends the body. */
    public void onClose() {
        bodyEnds();
        releaseHeld();
        finish();
    }

    // ---- large events

    /** Has the event that was judged last written anew elsewhere; false if that must be done here. */
    private boolean aside(Rewriting by, ByteBuf source) {
        chunks.flush(); // goes first
        ByteBuf made = OwnChunk.open(allocator);
        int size = source.readableBytes();
        if (!large.begin(listener, by.by(), judge.data(), source, made, bug -> madeAside(by, made, size, bug))) {
            made.release();
            return false;
        }
        share.growAnyway(size);
        return true;
    }

    private void madeAside(Rewriting by, ByteBuf made, int size, @Nullable Throwable bug) {
        if (end.isTold()) {
            made.release();
            return;
        }
        share.shrink(size);
        if (bug != null) {
            made.release(); // half an event may be in it
            end.fault(bug);
        } else {
            chunks.goOn(made);
            by.wrote();
        }
        Pieces behind = large.takeBehind();
        if (behind != null) {
            share.shrink(behind.bytes());
            for (int i = 0; i < behind.count(); i++) {
                behind(behind.piece(i));
            }
            behind.release();
        }
        if (bodyEnded) {
            bodyEnds();
        }
        finish();
    }

    /** What came behind a large event; but another one may be among it. */
    private void behind(ByteBuf piece) {
        int from = piece.readerIndex();
        int to = piece.writerIndex();
        if (large.underway()) {
            holdBack(piece, from, to);
        } else if (!end.came()) {
            if (cutEvent.isEmpty() && scanner.lineFeedMayFollow() && piece.getByte(from) == '\n') {
                lineFeed(piece, from++);
            }
            careful(piece, from, to);
        }
    }

    /** Keeps what came behind an event that is written anew elsewhere. */
    private void holdBack(ByteBuf bytes, int from, int to) {
        if (to > from && room(to - from)) {
            large.holdBack(bytes, from, to);
        }
    }

    // ---- events

    /**
     * End of the whole, ordinary events that {@code [from, to)} begins with; sets {@code cut} if an unfinished one follows, and
     * {@code stopper} if another one does, which is judged already.
     */
    private int plainUntil(ByteBuf bytes, int from, int to) {
        int eventStart = from;
        while (eventStart < to) {
            int eventEnd = scanner.eventEnd(bytes, eventStart, to);
            if (eventEnd < 0) {
                cut = true;
                return eventStart;
            }
            Verdict verdict = judge.judge(bytes, eventStart, eventEnd);
            if (verdict != Verdict.PASS && verdict != Verdict.BLANK
                    || judge.masked(bytes, eventStart, eventEnd) != null) {
                stopper = verdict;
                stopperEnd = eventEnd;
                return eventStart;
            }
            dropped = false;
            eventStart = eventEnd;
        }
        return eventStart;
    }

    /** Applies the verdict on the event that ended a run of ordinary ones, if one did. Returns where the next begins. */
    private int stopped(ByteBuf bytes, int from) {
        Verdict verdict = stopper;
        if (verdict == null) {
            return from;
        }
        stopper = null;
        apply(verdict, bytes, from, stopperEnd);
        return stopperEnd;
    }

    /** The second half of a CRLF that ended the last event and was cut: it goes where that event went. */
    private void lineFeed(ByteBuf bytes, int at) {
        scanner.reset();
        if (unasked != null && unasked.holds() && !dropped) {
            unasked.lineFeed();
        } else if (!dropped && rewriting == null) {
            apply(Verdict.BLANK, bytes, at, at + 1);
        }
    }

    private void careful(ByteBuf bytes, int from, int to) {
        int i = from;
        while (i < to && !end.came()) {
            int eventEnd = scanner.eventEnd(bytes, i, to);
            if (eventEnd < 0) {
                hold(bytes, i, to);
                return;
            }
            if (cutEvent.isEmpty()) {
                apply(judge.judge(bytes, i, eventEnd), bytes, i, eventEnd);
            } else {
                hold(bytes, i, eventEnd);
                if (end.came()) {
                    return; // too long: half of it must not stand in front of our error event
                }
                applyCut();
            }
            i = eventEnd;
            if (large.underway()) {
                holdBack(bytes, i, to);
                return;
            }
        }
    }

    private void applyCut() {
        ByteBuf event = takeCut();
        if (event != null) {
            try {
                int from = event.readerIndex();
                int to = event.writerIndex();
                apply(judge.judge(event, from, to), event, from, to);
            } finally {
                event.release();
            }
        }
    }

    private @Nullable ByteBuf takeCut() {
        ByteBuf event = cutEvent.take();
        if (event != null) {
            share.shrink(event.readableBytes());
        }
        return event;
    }

    private void hold(ByteBuf bytes, int from, int to) {
        if (to - from > EVENT_BYTES_MAX - cutEvent.bytes()) {
            end.tooLarge("an event of more than " + EVENT_BYTES_MAX + " bytes");
        } else if (room(to - from)) {
            cutEvent.add(bytes, from, to);
        }
    }

    private boolean room(int size) {
        if (share.grow(size)) {
            return true;
        }
        end.noRoom();
        return false;
    }

    private void apply(Verdict verdict, ByteBuf bytes, int from, int to) {
        if (verdict == Verdict.BARE_ERROR) {
            ByteBuf event = BareError.event(bytes, from, to, protocol, allocator);
            try {
                judge.judge(event, event.readerIndex(), event.writerIndex());
                tell(Verdict.ERROR, event, event.readerIndex(), event.writerIndex());
            } finally {
                event.release();
            }
            return;
        }
        byte[] safe = verdict.passes() ? judge.masked(bytes, from, to) : null;
        if (safe == null) {
            tell(verdict, bytes, from, to);
        } else {
            ByteBuf instead = Unpooled.wrappedBuffer(safe);
            tell(judge.again(instead, 0, safe.length), instead, 0, safe.length);
        }
    }

    private void tell(Verdict verdict, ByteBuf bytes, int from, int to) {
        if (closing) {
            behindTheEnd(verdict, bytes, from, to);
            return;
        }
        dropped = verdict == Verdict.DROP;
        if (verdict == Verdict.TRIM) {
            trim(bytes, from, to);
            return;
        }
        if (verdict == Verdict.END || verdict == Verdict.ERROR) {
            releaseHeld();
        }
        if (verdict == Verdict.BLANK) {
            if (!begun) {
                lead(bytes, from, to);
            } else if (rewriting == null) {
                chunks.copy(bytes, from, to);
            } else {
                rewriting.by().blank(bytes, from, to, chunks.out());
            }
            return;
        }
        if (verdict == Verdict.ERROR) {
            providerError(bytes, from, to);
            return;
        }
        if (verdict == Verdict.END
                && !begun
                && protocol != Protocol.RESPONSES) { // whose last event may be the whole answer
            end.failed(EMPTY);
            return;
        }
        if (verdict == Verdict.PASS && rewriting != null && rewriting.fails()) {
            end.failed(NOT_JSON); // before anything of it is told, so that it can be a true HTTP error
            return;
        }
        begin();
        if (verdict == Verdict.END) {
            last(bytes, from, to);
        } else if (verdict == Verdict.PASS) {
            pass(bytes, from, to);
        }
    }

    private void pass(ByteBuf bytes, int from, int to) {
        Rewriting by = rewriting;
        if (by == null) {
            chunks.copy(bytes, from, to);
        } else if (judge.read() || !aside(by, judge.data().in(bytes))) {
            by.write(bytes, chunks.out());
            by.wrote();
        }
    }

    private void providerError(ByteBuf bytes, int from, int to) {
        end.error(judge.error());
        if (begun && rewriting == null) {
            byte[] safe = judge.maskedError(bytes, from, to);
            if (safe == null) {
                chunks.copy(bytes, from, to);
            } else {
                chunks.out().writeBytes(safe);
            }
        }
    }

    /** The event that ends the answer. */
    private void last(ByteBuf bytes, int from, int to) {
        Rewriting by = rewriting;
        if (by == null) {
            withhold(bytes, from, to);
        } else {
            by.last(bytes);
        }
        closing = !end.came()
                && protocol == Protocol.RESPONSES
                && (by == null || !by.by().wantsJson());
        if (closing) {
            judge.closes();
        } else {
            end.comes();
        }
    }

    /** Keeps the end of the answer, or one more event of it, until the settlement. */
    private void withhold(ByteBuf bytes, int from, int to) {
        if (!room(to - from + 1)) {
            return;
        }
        ByteBuf kept = terminator == null ? allocator.directBuffer(to - from + 1) : terminator;
        terminator = kept;
        Bytes.copy(bytes, from, to, kept);
        if (scanner.lineFeedMayFollow() && bytes.getByte(to - 2) == '\n') {
            kept.writeByte('\n'); // its lines end with CRLF, and the last one is cut in the middle of it
        }
    }

    /** Some end a stream of Responses with {@code [DONE]}, as one of chat ends; nothing else behind the last event is an answer's. */
    private void behindTheEnd(Verdict verdict, ByteBuf bytes, int from, int to) {
        if (verdict == Verdict.END) {
            withhold(bytes, from, to);
        }
        if (verdict != Verdict.BLANK) {
            end.comes();
        }
    }

    /** Passes a chunk on without the usage that the client did not ask for. */
    private void trim(ByteBuf bytes, int from, int to) {
        UnaskedUsage by = unasked;
        if (by != null) {
            begin();
            dropped = by.pass(judge, bytes, from, to, chunks.out());
            afterTrimming(by);
        }
    }

    private void afterTrimming(UnaskedUsage by) {
        int more = by.heldBytes() - unaskedHolds;
        unaskedHolds += more;
        holdsMore(more);
    }

    /** What is held has grown by so much, or become less. */
    private void holdsMore(int bytes) {
        if (bytes < 0) {
            share.shrink(-bytes);
        } else if (bytes > 0) {
            room(bytes);
        }
    }

    private void releaseHeld() {
        UnaskedUsage by = unasked;
        if (by != null && by.holds()) {
            by.release(chunks.out());
            afterTrimming(by);
        }
    }

    /** Keeps what may stand before the answer; too much of it is left out. */
    private void lead(ByteBuf bytes, int from, int to) {
        int before = lead == null ? 0 : lead.readableBytes();
        if (before + (to - from) > EVENT_BYTES_MAX || !room(to - from)) {
            return;
        }
        ByteBuf kept = lead == null ? allocator.directBuffer(256) : lead;
        lead = kept;
        if (rewriting == null) {
            kept.writeBytes(bytes, from, to - from);
            return;
        }
        rewriting.lead(bytes, from, to, protocol == Protocol.RESPONSES, kept);
        holdsMore(kept.readableBytes() - before - (to - from)); // rewritten it may be longer
    }

    private void begin() {
        if (begun) {
            return;
        }
        begun = true;
        judge.begins();
        listener.answerBegins();
        ByteBuf before = lead;
        lead = null;
        if (before != null) {
            share.shrink(before.readableBytes());
            try {
                chunks.copy(before, before.readerIndex(), before.writerIndex());
            } finally {
                before.release();
            }
        }
    }

    private void bodyEnds() {
        bodyEnded = true;
        if (end.came() || large.underway()) {
            return;
        }
        lastCut();
        if (end.came()) {
            return;
        }
        if (closing) {
            end.comes();
        } else if (!begun) {
            end.failed(EMPTY);
        } else if (judge.finishReason() == null) {
            end.failed("the stream ended before the answer was complete");
        } else {
            end.comes();
        }
    }

    /** Some servers leave out the last empty line; but half an event, in front of our error event, would hide that. */
    private void lastCut() {
        ByteBuf event = takeCut();
        if (event != null) {
            try {
                int from = event.readerIndex();
                int to = event.writerIndex();
                Verdict verdict = judge.judge(event, from, to);
                if (judge.finishReason() != null
                        || verdict == Verdict.END
                        || verdict == Verdict.ERROR
                        || verdict == Verdict.BARE_ERROR) {
                    apply(verdict, event, from, to);
                }
            } finally {
                event.release();
            }
        }
    }

    /** The withheld end of the answer, framed, with what ends the client's body. Ownership moves. After the settlement only. */
    public ByteBuf releaseEnd() {
        if (rewriting != null) {
            rewriting.by().end(chunks.out());
        }
        if (terminator != null) {
            chunks.copy(terminator, terminator.readerIndex(), terminator.writerIndex());
        }
        return chunks.last();
    }

    @Override
    public void close() {
        chunks.close();
        lead = release(lead);
        terminator = release(terminator);
        cutEvent.close();
        large.close();
        judge.close();
        if (unasked != null) {
            unasked.close();
        }
        if (rewriting != null) {
            rewriting.close();
        }
        share.giveBack();
        end.forget();
    }

    private static @Nullable ByteBuf release(@Nullable ByteBuf held) {
        if (held != null) {
            held.release();
        }
        return null;
    }
}
