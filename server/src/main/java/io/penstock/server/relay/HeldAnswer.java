package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
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
import org.jspecify.annotations.Nullable;

/**
 * A plain answer, held until it is whole: so a provider that dies in the middle of it costs the client nothing but an error,
 * and what it cost is known before it leaves. The buffers are those that were read, unless they are very many. Event loop
 * only; {@link #close} releases what is held.
 */
public final class HeldAnswer implements AutoCloseable {
    private static final byte[] TYPE_ERROR = Bytes.ascii("error");
    private static final int ODD_BYTES_MAX = 4 * 1024; // embeddings look odd, too

    private final BodyFraming framing;
    private final long bytesMax;
    private final MemoryBudget budget;
    private @Nullable MemoryShare share; // since something waits for more
    private boolean tooLarge;
    private @Nullable ByteBuf whole; // owned
    private @Nullable Pieces parts; // owned

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
            @Nullable String finishReason) {}

    /**
     * Holds nothing yet.
     *
     * @param bytesMax of this answer
     * @param budget in which this answer counts until {@link #close}
     */
    public HeldAnswer(BodyFraming framing, long bytesMax, MemoryBudget budget) {
        this.framing = framing;
        this.bytesMax = bytesMax;
        this.budget = budget;
    }

    /** Takes bytes of the body, framing included. Ownership moves. False once the answer is larger than allowed, or finds no room. */
    public boolean onBytes(ByteBuf bytes) {
        int to = bytes.writerIndex();
        boolean fits = true;
        try {
            for (int i = bytes.readerIndex(); framing.next(bytes, i, to); ) {
                i = framing.payloadEnd();
                int size = i - framing.payloadStart();
                if (i == to
                        && whole == null
                        && parts == null
                        && size <= bytesMax
                        && (framing.done() || grow(size))) { // what is whole already waits for nobody
                    whole = bytes.setIndex(framing.payloadStart(), i); // the common case: the buffer as it was read
                    return true;
                }
                fits &= add(bytes, framing.payloadStart(), i);
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
        if (tooLarge || !grow(to - from)) {
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

    private boolean grow(long more) {
        MemoryShare taken = share == null ? new MemoryShare(budget) : share;
        share = taken;
        return taken.grow(more);
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
            return new Found(false, null, null);
        }
        int from = json.readerIndex();
        int to = json.writerIndex();
        while (from < to && json.getByte(from) <= ' ' && json.getByte(from) >= 0) {
            from++;
        }
        if (from == to || json.getByte(from) != '{') {
            return new Found(false, null, null);
        }
        AnswerProbe probe = reader.read(json, from, to, text);
        if (probe == null) {
            inPlace.look(json, from, to, protocol, text);
            probe = inPlace;
        }
        if (probe.broken()) {
            return new Found(false, null, null);
        }
        if (probe.hasUsage()) {
            probe.readUsage(usage);
        }
        ProviderError error = null;
        if (probe.typeIs(TYPE_ERROR) || probe.hasError() && (protocol == Protocol.RESPONSES || !probe.finishes())) {
            byte[] bytes = probe.error();
            error = ProviderError.read(bytes, 0, bytes.length, masks::inError);
        }
        Found found = new Found(true, error, probe.finishes() ? probe.finishReason() : null);
        if (probe.mentionsError()
                || probe.finishes() && probe.odd()
                || json.readableBytes() <= ODD_BYTES_MAX && probe.odd()) {
            byte[] safe = masks.known(copy(json, json.readerIndex(), json.writerIndex()));
            if (safe != null) {
                json.release();
                whole = Unpooled.wrappedBuffer(safe);
            }
        }
        return found;
    }

    private static byte[] copy(ByteBuf in, int from, int to) {
        byte[] bytes = new byte[to - from];
        in.getBytes(from, bytes);
        return bytes;
    }

    @Override
    public void close() {
        if (share != null) {
            share.giveBack();
        }
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
