package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ProviderError;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.provider.Masks;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.MemoryBudget;
import io.penstock.server.http.MemoryShare;
import io.penstock.server.http.Pieces;
import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Relays one provider's SSE stream to one client: of the same protocol as it is, of another through a rewriter.
 *
 * <p>The provider's framing is walked in place. A chunk that lies whole in the buffer and holds whole, ordinary events is
 * passed on with its framing; a run of such chunks is one write of the buffer that was read. Everything else takes the
 * careful way: an event cut between two reads is joined in {@code partial} and leaves whole, the usage that the client did not
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

    /** What is smaller is written anew on the event loop: a millisecond at most. */
    private static final int ASIDE_BYTES_MIN = 256 * 1024;

    private static final int COPIED_BYTES_MAX =
            64 * 1024; // of a cut event; a longer one is kept in the buffers it came in

    /** Why a translated stream ends at an event that cannot be read. */
    public static final String NOT_JSON = "an event that is not JSON";

    private static final byte[] DATA = Bytes.ascii("data:");
    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
    private static final byte[] DONE = Bytes.ascii("[DONE]");
    private static final byte[] MESSAGE_STOP = Bytes.ascii("message_stop");
    private static final byte[] MESSAGE_START = Bytes.ascii("message_start");
    private static final byte[] MESSAGE_DELTA = Bytes.ascii("message_delta");
    private static final byte[] TYPE_ERROR = Bytes.ascii("error");
    private static final byte[] TYPE_PING = Bytes.ascii("ping");
    private static final byte[] RESPONSE_CREATED = Bytes.ascii("response.created");
    private static final byte[] RESPONSE_QUEUED = Bytes.ascii("response.queued");
    private static final byte[] RESPONSE_IN_PROGRESS = Bytes.ascii("response.in_progress");
    private static final byte[] RESPONSE_COMPLETED = Bytes.ascii("response.completed");
    private static final byte[] RESPONSE_INCOMPLETE = Bytes.ascii("response.incomplete");
    private static final byte[] RESPONSE_FAILED = Bytes.ascii("response.failed");

    private static final int BLANK_BYTES_MAX = 2; // a line end

    private static final String EMPTY = "an empty stream";

    private enum Verdict {
        PASS,
        /** Says nothing of an answer: a comment, a ping, a blank line. */
        BLANK,
        DROP,
        /** A usage that the client did not ask for must go, or the chunk waits for what follows it. */
        TRIM,
        END,
        ERROR,
        /** An error that is no event: see {@link BareError}. */
        BARE_ERROR
    }

    private final RelayListener listener;
    private final ByteBufAllocator allocator;
    private final BodyFraming framing;
    private final JsonProbe probe;
    private final UsageCounter usage;
    private final Protocol protocol;
    private final boolean usageUnasked;
    private final boolean clientChunked;
    private final @Nullable EventRewriter rewriter;
    private final SseScanner scanner = new SseScanner();
    private final ScriptCounter text;
    private final MemoryShare share; // of partial, spill, lead, end and backlog
    private final MemoryShare kept; // of what the rewriter keeps

    private @Nullable ByteBuf partial; // owned: an event cut by the end of a buffer
    private @Nullable Pieces spill; // owned: the same, once it is long
    private @Nullable Pieces backlog; // owned: what came while an event is written anew elsewhere
    private boolean aside; // an event is
    private boolean bodyEnded; // meanwhile
    private @Nullable ByteBuf out; // owned: what goes to the client in a chunk of ours
    private @Nullable ByteBuf end; // owned: the withheld terminator
    private final @Nullable UnaskedUsage unasked; // null where nothing is taken out of chunks
    private @Nullable ByteBuf joined; // owned: the data of the event judged last, if it stood in several lines
    private @Nullable ByteBuf lead; // owned: what came before the first event of an answer
    private @Nullable ProviderError error; // of an error event
    private @Nullable String failure;
    private boolean noRoom;
    private @Nullable String tooLarge;
    private @Nullable Throwable fault;
    private boolean begun;
    private boolean ended;
    private boolean told; // the listener knows how it ended
    private @Nullable String finishReason;
    private boolean delivered;
    private boolean outputTold; // by the event that tells it at the end, not by Anthropic's first, which guesses
    private boolean dropped; // the last event was left out
    private boolean closing; // the last event came; what may stand behind it is waited for
    private int unaskedHolds; // bytes
    private boolean cut; // the event at hand goes on behind the buffer
    private @Nullable Verdict stopper; // on the event that ended a run of ordinary ones, until it is applied
    private int stopperEnd;
    private boolean again; // the event at hand was judged before, unmasked: it counts no more
    private int dataStart; // of the event that was judged last
    private int dataEnd;
    private int rewriterHolds; // bytes
    private @Nullable EventWatch watch;
    private Masks masks = Masks.NONE;
    private boolean odd; // the event judged last is not what an answer is made of: a provider may tell anything in it
    private long events; // of the Responses protocol, which numbers them: those that passed
    private @Nullable ToldResponse response; // of that protocol, by its first event

    /**
     * @param framing of the provider's body, set up by its head
     * @param text counts what is delivered, for the estimate when usage is missing
     * @param usageUnasked whether the usage in OpenAI's chunks must not reach the client
     * @param clientChunked whether the client gets chunks, or (HTTP/1.0) bytes up to the end of the connection
     * @param rewriter null for a relay of the bytes as they are
     * @param direct in which counts what is held of this stream, until {@link #close}
     * @param heap in which counts what the rewriter keeps of it
     */
    public StreamRelay(
            RelayListener listener,
            ByteBufAllocator allocator,
            BodyFraming framing,
            JsonProbe probe,
            UsageCounter usage,
            ScriptCounter text,
            Protocol protocol,
            boolean usageUnasked,
            boolean clientChunked,
            @Nullable EventRewriter rewriter,
            MemoryBudget direct,
            MemoryBudget heap) {
        this.listener = listener;
        this.allocator = allocator;
        this.framing = framing;
        this.probe = probe;
        this.usage = usage;
        this.text = text;
        this.protocol = protocol;
        this.usageUnasked = usageUnasked;
        this.clientChunked = clientChunked;
        this.rewriter = rewriter;
        this.share = new MemoryShare(direct);
        this.kept = new MemoryShare(heap);
        this.unasked =
                usageUnasked && rewriter == null && protocol == Protocol.OPENAI ? new UnaskedUsage(allocator) : null;
    }

    /** Shows every event's data to somebody who leaves it alone; before the first byte. */
    public void watchedBy(EventWatch watcher) {
        watch = watcher;
    }

    /** Takes secrets out of errors, and of what is no part of an answer; before the first byte. */
    public void maskedBy(Masks of) {
        masks = of;
    }

    /** Whether an event of an answer came. */
    public boolean begun() {
        return begun;
    }

    /** The finish or stop reason that came last; null while none did. */
    public @Nullable String finishReason() {
        return finishReason;
    }

    /** Whether text, reasoning, tool arguments or sound were relayed. */
    public boolean delivered() {
        return delivered;
    }

    /** The number of the next event of the Responses protocol, be it one of ours: what was not passed on is not counted. */
    public long nextEvent() {
        return events + (response == null ? 0 : response.sequence());
    }

    /** Which response the stream tells of; null where the protocol is another, or nothing was told. */
    public @Nullable ToldResponse response() {
        return response;
    }

    /** Whether the usage that came is that of the whole answer. */
    public boolean usageComplete() {
        return protocol != Protocol.ANTHROPIC || outputTold;
    }

    /** Whether the answer's last event came, and only what may stand behind it ({@code [DONE]}) is waited for. */
    public boolean closing() {
        return closing && !ended;
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
        flushOut();
    }

    /** Takes bytes of the provider's body, framing included. Ownership moves. */
    public void onBytes(ByteBuf bytes) {
        int to = bytes.writerIndex();
        int runStart = -1;
        int runEnd = -1;
        boolean raw = clientChunked && rewriter == null;
        int i = bytes.readerIndex();
        try {
            while (framing.next(bytes, i, to)) {
                int from = framing.payloadStart();
                int stop = framing.payloadEnd();
                i = stop;
                if (ended) {
                    continue;
                }
                if (aside) {
                    holdBack(bytes, from, stop);
                    continue;
                }
                boolean whole = framing.chunkWhole();
                if (!inEvent() && scanner.lineFeedMayFollow() && bytes.getByte(from) == '\n') {
                    if (runStart >= 0) {
                        listener.relayed(bytes.retainedSlice(runStart, runEnd - runStart));
                        runStart = -1;
                    }
                    lineFeed(bytes, from++);
                    whole = false;
                }
                int plain = from; // up to here: whole, ordinary events
                cut = false;
                if (raw && begun && whole && !closing && !inEvent()) {
                    plain = plainUntil(bytes, from, stop);
                    if (plain == stop) {
                        if (runStart < 0) {
                            flushOut();
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
                emit(bytes, from, plain);
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
            failure = "malformed framing: " + framing.problem();
        }
        if (framing.done()) {
            bodyEnds();
        }
        finish();
    }

    private void finish() {
        if (ended || failure != null) {
            releaseHeld();
        }
        flushOut();
        joined = release(joined);
        tell();
    }

    /** The provider closed a connection whose end ends the body. */
    public void onClose() {
        bodyEnds();
        releaseHeld();
        finish();
    }

    /** Whether the last bytes left an event unfinished. */
    private boolean inEvent() {
        return partial != null || spill != null;
    }

    // ---- large events

    /** Has the event that was judged last written anew elsewhere; false if that must be done here. */
    private boolean aside(EventRewriter by, ByteBuf source) {
        flushOut(); // goes first
        ByteBuf made = OwnChunk.open(allocator);
        ByteBuf event = source.retain();
        int from = dataStart;
        int to = dataEnd;
        int size = event.readableBytes();
        if (!listener.aside(to - from, () -> by.largeEvent(event, from, to, made), bug -> {
            event.release();
            madeAside(by, made, size, bug);
        })) {
            event.release();
            made.release();
            return false;
        }
        share.growAnyway(size);
        aside = true;
        return true;
    }

    private void madeAside(EventRewriter by, ByteBuf made, int size, @Nullable Throwable bug) {
        aside = false;
        if (told) {
            made.release();
            return;
        }
        share.shrink(size);
        if (bug != null) {
            made.release(); // half an event may be in it
            fault = bug;
            ended = true;
        } else {
            out = made;
            afterRewriting(by);
        }
        Pieces behind = backlog;
        backlog = null;
        if (behind != null) {
            share.shrink(behind.bytes());
            for (int i = 0; i < behind.count(); i++) {
                ByteBuf piece = behind.piece(i);
                int from = piece.readerIndex();
                int to = piece.writerIndex();
                if (aside) {
                    holdBack(piece, from, to);
                } else if (!ended) {
                    if (!inEvent() && scanner.lineFeedMayFollow() && piece.getByte(from) == '\n') {
                        lineFeed(piece, from++);
                    }
                    careful(piece, from, to);
                }
            }
            behind.release();
        }
        if (bodyEnded) {
            bodyEnds();
        }
        finish();
    }

    /** Keeps what came behind an event that is written anew elsewhere. */
    private void holdBack(ByteBuf bytes, int from, int to) {
        if (to > from && room(to - from)) {
            Pieces behind = backlog == null ? new Pieces() : backlog;
            behind.append(bytes, from, to);
            backlog = behind;
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
            Verdict verdict = judge(bytes, eventStart, eventEnd);
            if (verdict != Verdict.PASS && verdict != Verdict.BLANK
                    || odd && masked(bytes, eventStart, eventEnd, false) != null) {
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
        } else if (!dropped && rewriter == null) {
            apply(Verdict.BLANK, bytes, at, at + 1);
        }
    }

    private void careful(ByteBuf bytes, int from, int to) {
        int i = from;
        while (i < to && !ended) {
            int eventEnd = scanner.eventEnd(bytes, i, to);
            if (eventEnd < 0) {
                hold(bytes, i, to);
                return;
            }
            if (!inEvent()) {
                apply(judge(bytes, i, eventEnd), bytes, i, eventEnd);
            } else {
                hold(bytes, i, eventEnd);
                if (ended) {
                    return; // too long: half of it must not stand in front of our error event
                }
                applyPartial();
            }
            i = eventEnd;
            if (aside) {
                holdBack(bytes, i, to);
                return;
            }
        }
    }

    private void applyPartial() {
        ByteBuf event = takePartial();
        if (event != null) {
            try {
                int from = event.readerIndex();
                int to = event.writerIndex();
                apply(judge(event, from, to), event, from, to);
            } finally {
                event.release();
            }
        }
    }

    /** The cut event, which is held no more: the caller's now. */
    private @Nullable ByteBuf takePartial() {
        ByteBuf event = partial;
        partial = null;
        Pieces several = spill;
        spill = null;
        if (several != null) {
            try {
                event = allocator.directBuffer(several.bytes());
                several.copy(0, several.bytes(), event);
            } finally {
                several.release();
            }
        }
        if (event != null) {
            share.shrink(event.readableBytes());
        }
        return event;
    }

    private void hold(ByteBuf bytes, int from, int to) {
        int size = to - from;
        int before = spill != null ? spill.bytes() : partial == null ? 0 : partial.readableBytes();
        if (size > EVENT_BYTES_MAX - before) {
            tooLarge = "an event of more than " + EVENT_BYTES_MAX + " bytes";
            ended = true;
            return;
        }
        if (!room(size)) {
            return;
        }
        if (spill != null || before + size > COPIED_BYTES_MAX) {
            spill(bytes, from, to);
            return;
        }
        if (partial == null) {
            partial = allocator.directBuffer(Math.max(256, size * 2));
        }
        Bytes.copy(bytes, from, to, partial);
    }

    private void spill(ByteBuf bytes, int from, int to) {
        Pieces pieces = spill == null ? new Pieces() : spill;
        spill = pieces;
        ByteBuf small = partial;
        if (small != null) {
            partial = null;
            pieces.append(small, small.readerIndex(), small.writerIndex());
            small.release();
        }
        pieces.append(bytes, from, to);
    }

    private boolean room(int size) {
        if (share.grow(size)) {
            return true;
        }
        noRoom = true;
        ended = true;
        return false;
    }

    private void apply(Verdict verdict, ByteBuf bytes, int from, int to) {
        if (verdict == Verdict.BARE_ERROR) {
            ByteBuf event = BareError.event(bytes, from, to, protocol, allocator);
            try {
                judge(event, event.readerIndex(), event.writerIndex());
                tell(Verdict.ERROR, event, event.readerIndex(), event.writerIndex());
            } finally {
                event.release();
            }
            return;
        }
        boolean passes = verdict == Verdict.PASS || verdict == Verdict.BLANK || verdict == Verdict.TRIM;
        byte[] safe = odd && passes ? masked(bytes, from, to, false) : null;
        if (safe == null) {
            tell(verdict, bytes, from, to);
        } else {
            ByteBuf instead = Unpooled.wrappedBuffer(safe);
            again = true;
            Verdict anew = judge(instead, 0, safe.length);
            again = false;
            tell(anew, instead, 0, safe.length);
        }
    }

    /** An event without our credentials, its data in one line; null if it holds none. */
    private byte @Nullable [] masked(ByteBuf bytes, int from, int to, boolean failure) {
        byte[] event = new byte[to - from];
        if (joined == null) {
            bytes.getBytes(from, event);
        } else { // a credential may be cut by the end of a line
            event = oneLine(bytes, from, to);
        }
        return failure ? masks.inError(event) : masks.known(event);
    }

    private byte[] oneLine(ByteBuf bytes, int from, int to) {
        ByteArrayOutputStream event = new ByteArrayOutputStream(to - from);
        ByteArrayOutputStream data = new ByteArrayOutputStream(to - from);
        for (int line = from; line < to; ) {
            int lineEnd = Bytes.indexOfLineEnd(bytes, line, to);
            int stop = lineEnd < 0 ? to : lineEnd;
            boolean ofData = Bytes.startsWith(bytes, line, stop, DATA);
            byte[] text = new byte[stop - line];
            bytes.getBytes(line, text);
            if (ofData) {
                int start = text.length > DATA.length && text[DATA.length] == ' ' ? DATA.length + 1 : DATA.length;
                data.write(text, start, text.length - start);
            } else if (text.length > 0) {
                event.write(text, 0, text.length);
                event.write('\n');
            }
            line = stop + 1;
        }
        event.writeBytes(DATA);
        event.write(' ');
        event.writeBytes(data.toByteArray());
        event.write('\n');
        event.write('\n');
        return event.toByteArray();
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
            } else if (rewriter == null) {
                emit(bytes, from, to);
            } else {
                rewriter.blank(bytes, from, to, out());
            }
            return;
        }
        if (verdict == Verdict.ERROR) {
            error = error(joined == null ? bytes : joined);
            if (begun && rewriter == null) {
                byte[] safe = masked(bytes, from, to, true);
                if (safe == null) {
                    emit(bytes, from, to);
                } else {
                    out().writeBytes(safe);
                }
            }
            ended = true;
            return;
        }
        if (verdict == Verdict.END
                && !begun
                && protocol != Protocol.RESPONSES) { // whose last event may be the whole answer
            failure = EMPTY;
            ended = true;
            return;
        }
        if (verdict == Verdict.PASS && rewriter != null && rewriter.wantsJson() && probe.broken()) {
            failure = NOT_JSON; // before anything of it is told, so that it can be a true HTTP error
            ended = true;
            return;
        }
        begin();
        if (verdict == Verdict.END) {
            if (rewriter != null) {
                rewriter.last(joined == null ? bytes : joined, dataStart, dataEnd);
                afterRewriting(rewriter);
            } else {
                withhold(bytes, from, to);
            }
            closing = !ended && protocol == Protocol.RESPONSES && (rewriter == null || !rewriter.wantsJson());
            ended = !closing;
        } else if (verdict == Verdict.PASS) {
            if (rewriter == null) {
                emit(bytes, from, to);
            } else {
                ByteBuf source = joined == null ? bytes : joined;
                if (dataEnd - dataStart < ASIDE_BYTES_MIN || !aside(rewriter, source)) {
                    rewrite(rewriter, source);
                    afterRewriting(rewriter);
                }
            }
        }
    }

    private void rewrite(EventRewriter by, ByteBuf source) {
        ByteBuf to = out();
        int whole = to.writerIndex();
        try {
            by.event(source, dataStart, dataEnd, to);
        } catch (Throwable bug) {
            to.writerIndex(whole); // half an event must not stand in front of our error event
            throw bug;
        }
    }

    /** Keeps the end of the answer, or one more event of it, until the settlement. */
    private void withhold(ByteBuf bytes, int from, int to) {
        if (!room(to - from + 1)) {
            return;
        }
        ByteBuf kept = end == null ? allocator.directBuffer(to - from + 1) : end;
        end = kept;
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
        ended |= verdict != Verdict.BLANK;
    }

    /** Passes a chunk on without the usage that the client did not ask for. */
    private void trim(ByteBuf bytes, int from, int to) {
        UnaskedUsage by = unasked;
        if (by == null) {
            return;
        }
        ByteBuf json = joined;
        if (json != null) {
            ByteBuf event = UnaskedUsage.oneLine(json, dataStart, dataEnd, allocator);
            int shift = event.writerIndex() - 2 - dataEnd;
            try {
                int member = probe.usageMember();
                joined = release(joined);
                dataStart += shift;
                dataEnd += shift;
                trim(by, event, 0, event.writerIndex(), member < 0 ? member : member + shift);
            } finally {
                event.release();
            }
        } else {
            trim(by, bytes, from, to, probe.usageMember());
        }
        afterTrimming(by);
    }

    private void trim(UnaskedUsage by, ByteBuf bytes, int from, int to, int member) {
        begin();
        if (member >= 0 && probe.hasUsage() && probe.choicesEmpty() && by.drop(bytes, dataStart, dataEnd)) {
            dropped = true;
            return;
        }
        by.release(out());
        if (waits()) {
            by.hold(bytes, from, dataStart, dataEnd, to, member);
        } else {
            UnaskedUsage.trim(bytes, from, dataStart, dataEnd, to, member, out());
        }
    }

    /** Whether the chunk judged last may be the last that stays: from the finish on, but not if it goes on with another choice. */
    private boolean waits() {
        return probe.finishes() || finishReason != null && !probe.delivers();
    }

    private void afterTrimming(UnaskedUsage by) {
        int more = by.heldBytes() - unaskedHolds;
        unaskedHolds += more;
        if (more < 0) {
            share.shrink(-more);
        } else if (more > 0) {
            room(more);
        }
    }

    private void releaseHeld() {
        UnaskedUsage by = unasked;
        if (by != null && by.holds()) {
            by.release(out());
            afterTrimming(by);
        }
    }

    /** Counts what the rewriter keeps, and stops where it cannot go on. */
    private void afterRewriting(EventRewriter by) {
        int more = by.heldBytes() - rewriterHolds;
        if (more > 0 && by.heldBytes() > EVENT_BYTES_MAX) {
            tooLarge = "an answer of which more than " + EVENT_BYTES_MAX + " bytes must be kept";
            ended = true;
        } else if (more > 0 && !kept.grow(more)) {
            noRoom = true;
            ended = true;
        } else {
            if (more < 0) {
                kept.shrink(-more);
            }
            rewriterHolds += more;
        }
        if (by.fault() != null) {
            fault = by.fault();
            ended = true;
        }
        if (by.problem() != null) {
            failure = by.problem();
            ended = true;
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
        if (rewriter == null) {
            kept.writeBytes(bytes, from, to - from);
            return;
        }
        if (protocol != Protocol.RESPONSES || dataStart < 0) {
            rewriter.blank(bytes, from, to, kept);
        } else {
            rewriter.event(joined == null ? bytes : joined, dataStart, dataEnd, kept);
        }
        int grown = kept.readableBytes() - before - (to - from); // rewritten it may be longer
        if (grown < 0) {
            share.shrink(-grown);
        } else if (grown > 0) {
            room(grown);
        }
    }

    private void begin() {
        if (begun) {
            return;
        }
        begun = true;
        listener.answerBegins();
        ByteBuf before = lead;
        lead = null;
        if (before != null) {
            share.shrink(before.readableBytes());
            try {
                emit(before, before.readerIndex(), before.writerIndex());
            } finally {
                before.release();
            }
        }
    }

    private ProviderError error(ByteBuf bytes) {
        int from = probe.hasError() ? probe.errorStart() : dataStart;
        byte[] json = new byte[(probe.hasError() ? probe.errorEnd() : dataEnd) - from];
        bytes.getBytes(from, json);
        return ProviderError.read(json, 0, json.length, masks::inError);
    }

    /** Looks at one whole event and takes its usage. */
    private Verdict judge(ByteBuf in, int from, int to) {
        joined = release(joined);
        dataStart = -1;
        int line = from + byteOrderMark(in, from, to);
        while (line < to) {
            int lineEnd = Bytes.indexOfLineEnd(in, line, to);
            int stop = lineEnd < 0 ? to : lineEnd;
            if (Bytes.startsWith(in, line, stop, DATA)) {
                if (dataStart >= 0) {
                    return joined(in, from, to);
                }
                dataStart = line + DATA.length;
                if (dataStart < stop && in.getByte(dataStart) == ' ') {
                    dataStart++;
                }
                dataEnd = stop;
            } else if (BareError.is(in, line, stop)) {
                return Verdict.BARE_ERROR;
            }
            line = stop + 1;
        }
        if (dataStart < 0) {
            odd = to - from > BLANK_BYTES_MAX;
            return Verdict.BLANK;
        }
        return verdict(in);
    }

    /** Bytes of a mark before the first event; a stream may begin with one (WHATWG HTML 9.2.5). */
    private int byteOrderMark(ByteBuf in, int from, int to) {
        return !begun && Bytes.startsWith(in, from, to, BYTE_ORDER_MARK) ? BYTE_ORDER_MARK.length : 0;
    }

    /** An event whose data stands in several lines (nobody is known to send one): joined by LF, then looked at. */
    private Verdict joined(ByteBuf in, int from, int to) {
        ByteBuf data = allocator.directBuffer(to - from);
        joined = data;
        for (int line = from + byteOrderMark(in, from, to); line < to; ) {
            int lineEnd = Bytes.indexOfLineEnd(in, line, to);
            int stop = lineEnd < 0 ? to : lineEnd;
            if (Bytes.startsWith(in, line, stop, DATA)) {
                data.writeBytes(in, line + DATA.length, stop - line - DATA.length)
                        .writeByte('\n');
            }
            line = stop + 1;
        }
        dataStart = data.readerIndex();
        dataEnd = data.writerIndex();
        return verdict(data);
    }

    private Verdict verdict(ByteBuf in) {
        odd = false;
        if ((protocol == Protocol.OPENAI || closing) && Bytes.startsWith(in, dataStart, dataEnd, DONE)) {
            return Verdict.END;
        }
        if (closing) {
            return Verdict.PASS; // but nowhere: see behindTheEnd
        }
        probe.look(in, dataStart, dataEnd, protocol, again ? new ScriptCounter() : text);
        odd = probe.odd(in, protocol);
        if (probe.broken()) {
            return Verdict.PASS;
        }
        if (watch != null && !again) {
            watch.event(in, dataStart, dataEnd);
        }
        delivered |= probe.delivers();
        if (protocol == Protocol.RESPONSES) {
            return responses(in);
        }
        if (probe.finishes()) {
            finishReason = probe.finishReason(in);
        }
        return protocol == Protocol.OPENAI ? openai(in) : anthropic(in);
    }

    /** What only says that work has begun waits for more: a failure that comes first can then be a true HTTP error. */
    private Verdict responses(ByteBuf in) {
        if (probe.hasUsage()) {
            probe.readUsage(in, protocol, usage);
        }
        if (probe.typeIs(in, RESPONSE_COMPLETED) || probe.typeIs(in, RESPONSE_INCOMPLETE)) {
            finishReason = probe.finishes() ? probe.finishReason(in) : null;
            return Verdict.END;
        }
        if (probe.typeIs(in, RESPONSE_FAILED) || probe.typeIs(in, TYPE_ERROR)) {
            return Verdict.ERROR; // not numbered: the last word is ours, if it does not pass as it is
        }
        events += again ? 0 : 1;
        if (begun
                || !probe.typeIs(in, RESPONSE_CREATED)
                        && !probe.typeIs(in, RESPONSE_IN_PROGRESS)
                        && !probe.typeIs(in, RESPONSE_QUEUED)) {
            return Verdict.PASS;
        }
        if (response == null) {
            byte[] json = new byte[dataEnd - dataStart];
            in.getBytes(dataStart, json);
            response = ToldResponse.read(json);
        }
        return Verdict.BLANK;
    }

    private Verdict openai(ByteBuf in) {
        if (probe.hasUsage()) {
            probe.readUsage(in, protocol, usage);
        }
        if (probe.hasError()) {
            return Verdict.ERROR;
        }
        UnaskedUsage by = unasked;
        if (by != null) {
            return probe.usageMember() >= 0 || by.holds() || waits() ? Verdict.TRIM : Verdict.PASS;
        }
        return usageUnasked && probe.hasUsage() && probe.choicesEmpty() ? Verdict.DROP : Verdict.PASS;
    }

    private Verdict anthropic(ByteBuf in) {
        if (probe.typeIs(in, MESSAGE_STOP)) {
            return Verdict.END;
        }
        if (probe.typeIs(in, TYPE_ERROR)) {
            return Verdict.ERROR;
        }
        if (probe.hasUsage() && (probe.typeIs(in, MESSAGE_START) || probe.typeIs(in, MESSAGE_DELTA))) {
            probe.readUsage(in, protocol, usage);
            outputTold |= probe.typeIs(in, MESSAGE_DELTA);
        }
        return probe.typeIs(in, TYPE_PING) ? Verdict.BLANK : Verdict.PASS;
    }

    private void bodyEnds() {
        bodyEnded = true;
        if (ended || aside) {
            return;
        }
        lastPartial();
        if (!ended) {
            ended = true;
            if (closing) {
                return;
            }
            if (!begun) {
                failure = EMPTY;
            } else if (finishReason == null) {
                failure = "the stream ended before the answer was complete";
            }
        }
    }

    /** Some servers leave out the last empty line; but half an event, in front of our error event, would hide that. */
    private void lastPartial() {
        ByteBuf event = takePartial();
        if (event != null) {
            try {
                int from = event.readerIndex();
                int to = event.writerIndex();
                Verdict verdict = judge(event, from, to);
                if (finishReason != null
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

    private void tell() {
        if (told || !ended && failure == null) { // a fault of any kind has ended it
            return;
        }
        told = true;
        ended = true;
        if (fault != null) {
            listener.broken(fault);
        } else if (noRoom) {
            listener.noRoom();
        } else if (tooLarge != null) {
            listener.tooLarge(tooLarge);
        } else if (failure != null) {
            listener.relayFailed(failure);
        } else if (error != null) {
            listener.errorEvent(begun, name(error), error.message());
        } else {
            listener.answerComplete();
        }
    }

    /** The provider's name for an error: its type, but those of Responses have a code in its place. */
    private String name(ProviderError said) {
        String name = protocol == Protocol.RESPONSES && said.code() != null ? said.code() : said.type();
        return name == null ? "" : name;
    }

    /** The withheld end of the answer, framed, with what ends the client's body. Ownership moves. After the settlement only. */
    public ByteBuf releaseEnd() {
        if (rewriter != null) {
            rewriter.end(out());
        }
        if (end != null) {
            emit(end, end.readerIndex(), end.writerIndex());
        }
        ByteBuf last = out == null ? allocator.directBuffer(16) : OwnChunk.close(out, clientChunked);
        out = null;
        return clientChunked ? OwnChunk.writeLast(last) : last;
    }

    private ByteBuf out() {
        if (out == null) {
            out = OwnChunk.open(allocator);
        }
        return out;
    }

    private void emit(ByteBuf bytes, int from, int to) {
        if (to > from) {
            Bytes.copy(bytes, from, to, out());
        }
    }

    private void flushOut() {
        ByteBuf chunk = out;
        out = null;
        if (chunk != null) {
            if (OwnChunk.isEmpty(chunk)) {
                chunk.release();
            } else {
                listener.relayed(OwnChunk.close(chunk, clientChunked));
            }
        }
    }

    @Override
    public void close() {
        partial = release(partial);
        out = release(out);
        end = release(end);
        lead = release(lead);
        joined = release(joined);
        spill = release(spill);
        backlog = release(backlog);
        if (unasked != null) {
            unasked.close();
        }
        share.giveBack();
        kept.giveBack();
        ended = true;
        told = true;
    }

    private static @Nullable Pieces release(@Nullable Pieces held) {
        if (held != null) {
            held.release();
        }
        return null;
    }

    private static @Nullable ByteBuf release(@Nullable ByteBuf held) {
        if (held != null) {
            held.release();
        }
        return null;
    }
}
