package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ProviderError;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.provider.Masks;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Pieces;
import io.penstock.server.wire.MemoryBudget;
import io.penstock.server.wire.MemoryShare;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A plain answer, held until it is whole: so a provider that dies in the middle of it costs the client nothing but an error,
 * and what it cost is known before it leaves. The buffers are those that were read, unless they are very many. One per
 * connection, for its answer at hand, from {@link #begin} to {@link #close}, which releases what is held. Event loop only.
 */
public final class HeldAnswer implements AutoCloseable {
    private static final byte[] TYPE_ERROR = Bytes.ascii("error");
    private static final int ODD_BYTES_MAX = 4 * 1024; // embeddings look odd, too

    private final MemoryShare share;
    private @Nullable BodyFraming framing; // null before the first answer
    private long bytesMax;
    private boolean tooLarge;
    private @Nullable ByteBuf whole; // owned
    private @Nullable Pieces parts; // owned
    private Found usual = Found.NOTHING; // as it was found last

    /**
     * What a look at the answer found.
     *
     * @param json whether it is whole JSON
     * @param error an error inside a 200; null if there is none
     * @param finishReason null if it tells none
     */
    public record Found(
            boolean json,
            @Nullable ProviderError error,
            @Nullable String finishReason) {
        private static final Found NOTHING = new Found(false, null, null);
    }

    /** Holds nothing yet; what will be held counts in that budget. */
    public HeldAnswer(MemoryBudget budget) {
        this.share = new MemoryShare(budget);
    }

    /** Another answer comes, in that framing. Nothing of the one before is left. */
    public void begin(BodyFraming its, long itsBytesMax) {
        close();
        framing = its;
        bytesMax = itsBytesMax;
        tooLarge = false;
    }

    private BodyFraming framing() {
        BodyFraming it = framing;
        if (it == null) {
            throw new IllegalStateException("no answer");
        }
        return it;
    }

    /** Takes bytes of the body, framing included. Ownership moves. False once the answer is larger than allowed, or finds no room. */
    public boolean onBytes(ByteBuf bytes) {
        BodyFraming its = framing();
        int to = bytes.writerIndex();
        boolean fits = true;
        try {
            for (int i = bytes.readerIndex(); its.next(bytes, i, to); ) {
                i = its.payloadEnd();
                int size = i - its.payloadStart();
                if (i == to
                        && whole == null
                        && parts == null
                        && size <= bytesMax
                        && (its.done() || share.grow(size))) { // what is whole already waits for nobody
                    whole = bytes.setIndex(its.payloadStart(), i); // the common case: the buffer as it was read
                    return true;
                }
                fits &= add(bytes, its.payloadStart(), i);
            }
        } catch (Throwable bug) {
            bytes.release();
            throw bug;
        }
        bytes.release();
        return fits;
    }

    private boolean add(ByteBuf bytes, int from, int to) {
        long size = (long) (to - from) + (parts != null ? parts.bytes() : whole == null ? 0 : whole.readableBytes());
        tooLarge |= size > bytesMax;
        if (tooLarge || !share.grow(to - from)) {
            return false;
        }
        ByteBuf first = whole;
        if (first == null && parts == null) {
            whole = bytes.retainedSlice(from, to - from);
            return true;
        }
        if (parts == null) {
            parts = new Pieces();
        }
        if (first != null) {
            parts.append(first, first.readerIndex(), first.writerIndex());
            first.release();
            whole = null;
        }
        parts.append(bytes, from, to);
        return true;
    }

    /** Whether it is larger than allowed; else what did not fit found no room among what others hold. */
    public boolean tooLarge() {
        return tooLarge;
    }

    /** The whole answer in one buffer; still owned here. */
    public ByteBuf whole(ByteBufAllocator allocator) {
        Pieces several = parts;
        if (several != null) {
            ByteBuf joined = allocator.directBuffer(several.bytes());
            several.copy(0, several.bytes(), joined);
            several.release();
            parts = null;
            whole = joined;
        }
        ByteBuf it = whole;
        if (it == null) {
            it = allocator.directBuffer(0);
            whole = it;
        }
        return it;
    }

    /**
     * Looks at the answer, which {@link #whole} has made one buffer, and takes its usage: through {@code reader}, or in place. What
     * tells an error, or is not what an answer looks like, is masked: {@link #whole} is another buffer then.
     */
    public Found look(
            JsonProbe inPlace,
            PlainReader reader,
            Protocol protocol,
            UsageCounter usage,
            ScriptCounter text,
            Masks masks) {
        ByteBuf json = whole;
        if (json == null || !json.isReadable()) {
            return Found.NOTHING;
        }
        int from = json.readerIndex();
        int to = json.writerIndex();
        while (from < to && json.getByte(from) <= ' ' && json.getByte(from) >= 0) {
            from++;
        }
        if (from == to || json.getByte(from) != '{') {
            return Found.NOTHING;
        }
        AnswerProbe probe = reader.read(json, from, to, text);
        if (probe == null) {
            inPlace.look(json, from, to, protocol, text);
            probe = inPlace;
        }
        if (probe.broken()) {
            return Found.NOTHING;
        }
        if (probe.hasUsage()) {
            probe.readUsage(usage);
        }
        ProviderError error = null;
        if (probe.typeIs(TYPE_ERROR) || probe.hasError() && (protocol == Protocol.RESPONSES || !probe.finishes())) {
            byte[] bytes = probe.error();
            error = ProviderError.read(bytes, 0, bytes.length, masks::inError);
        }
        Found found = found(error, probe.finishes() ? probe.finishReason() : null);
        if (probe.mentionsError()
                || probe.finishes() && probe.odd()
                || json.readableBytes() <= ODD_BYTES_MAX && probe.odd()) {
            byte[] safe = masks.known(ByteBufUtil.getBytes(json));
            if (safe != null) {
                json.release();
                whole = Unpooled.wrappedBuffer(safe);
            }
        }
        return found;
    }

    /** The one of the answer before, nearly always. */
    private Found found(@Nullable ProviderError error, @Nullable String finishReason) {
        if (error != null || !usual.json || !Objects.equals(usual.finishReason, finishReason)) {
            Found it = new Found(true, error, finishReason);
            usual = error == null ? it : usual;
            return it;
        }
        return usual;
    }

    @Override
    public void close() {
        share.giveBack();
        if (whole != null) {
            whole.release();
            whole = null;
        }
        if (parts != null) {
            parts.release();
            parts = null;
        }
    }
}
