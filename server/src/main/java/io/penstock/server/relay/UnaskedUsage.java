package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.protocol.AnswerProbe;
import io.penstock.server.http.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Takes out of OpenAI's chunks the {@code usage} that we asked for and the client did not: from every chunk that has one,
 * {@code null} as well; a chunk that was there for it alone goes whole. What else stands on that one (llama.cpp's
 * {@code timings}) moves to the last chunk that stays, which therefore waits, from the finish on, for what follows it.
 *
 * <p>Holds at most one chunk, with a byte of slack. Event loop only; {@link #close} releases it.
 */
final class UnaskedUsage implements AutoCloseable {
    private static final byte[] USAGE = Bytes.ascii("\"usage\"");
    private static final byte[] DATA = Bytes.ascii("data: ");
    private static final byte[] EVENT_END = Bytes.ascii("\n\n");

    /** What stands on every chunk, and says nothing that was not said. */
    private static final byte[][] USUAL = {
        Bytes.ascii("\"id\""),
        Bytes.ascii("\"object\""),
        Bytes.ascii("\"created\""),
        Bytes.ascii("\"model\""),
        Bytes.ascii("\"choices\""),
        Bytes.ascii("\"system_fingerprint\""),
        Bytes.ascii("\"service_tier\""),
        Bytes.ascii("\"obfuscation\"")
    };

    private final ByteBufAllocator allocator;
    private @Nullable ByteBuf held; // owned: the last chunk that stays
    private int heldData; // where its JSON begins
    private int heldClose; // and its closing brace
    private int eventStart; // of the chunk at hand
    private int eventEnd;
    private int dataStart; // of its JSON
    private int dataEnd;
    private int member; // where the name of its usage begins, quotes included; -1 if it has none

    UnaskedUsage(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    /** Whether a chunk waits for what follows it. */
    boolean holds() {
        return held != null;
    }

    /** Bytes that are held. */
    int heldBytes() {
        return held == null ? 0 : held.readableBytes();
    }

    /** Adds a line feed to the chunk that is held: the second half of the line end that was its last. */
    void lineFeed() {
        if (held != null) {
            held.writeByte('\n');
        }
    }

    /** Writes the chunk that is held: nothing more can come to it. */
    void release(ByteBuf out) {
        ByteBuf chunk = held;
        held = null;
        if (chunk != null) {
            out.writeBytes(chunk);
            chunk.release();
        }
    }

    /**
     * Passes the chunk judged last on to {@code out} without its usage, or keeps it, or takes it if it was there for that alone:
     * true then.
     *
     * @param in whose {@code [from, to)} is the chunk's event
     */
    boolean pass(EventJudge judge, ByteBuf in, int from, int to, ByteBuf out) {
        EventData data = judge.data();
        ByteBuf json = data.joined();
        eventStart = from;
        eventEnd = to;
        dataStart = data.start();
        dataEnd = data.end();
        member = judge.usageMember();
        if (json == null) {
            return pass(judge, in, out);
        }
        ByteBuf event = oneLine(json, dataStart, dataEnd, allocator);
        int shift = event.writerIndex() - EVENT_END.length - dataEnd;
        eventStart = 0;
        eventEnd = event.writerIndex();
        dataStart += shift;
        dataEnd += shift;
        member += member < 0 ? 0 : shift;
        try {
            return pass(judge, event, out);
        } finally {
            event.release();
        }
    }

    private boolean pass(EventJudge judge, ByteBuf in, ByteBuf out) {
        AnswerProbe found = judge.found();
        if (member >= 0 && found.hasUsage() && found.choicesEmpty() && drop(in)) {
            return true;
        }
        release(out);
        if (judge.mayBeLast()) {
            hold(in);
        } else {
            trim(in, out);
        }
        return false;
    }

    /**
     * Takes a chunk that was there for the usage alone. Returns false, having taken nothing, if something stands on it that
     * can stand nowhere else: it stays, without its usage.
     */
    private boolean drop(ByteBuf in) {
        ByteBuf chunk = held;
        if (chunk == null) {
            for (JsonMembers one = new JsonMembers(in, dataStart, dataEnd); one.next(); ) {
                if (!one.isNull() && !one.named(USAGE) && !usual(one)) {
                    return false;
                }
            }
            return true;
        }
        ByteBuf more = null;
        for (JsonMembers one = new JsonMembers(in, dataStart, dataEnd); one.next(); ) {
            if (!one.isNull() && !one.named(USAGE) && !has(chunk, one)) {
                more = more == null ? allocator.directBuffer(chunk.readableBytes() + (dataEnd - dataStart)) : more;
                if (!more.isReadable()) {
                    more.writeBytes(chunk, 0, heldClose);
                }
                more.writeByte(',').writeBytes(in, one.nameStart(), one.valueEnd() - one.nameStart());
            }
        }
        if (more != null) {
            int close = more.writerIndex();
            more.writeBytes(chunk, heldClose, chunk.writerIndex() - heldClose);
            heldClose = close;
            chunk.release();
            held = more;
        }
        return true;
    }

    private static boolean usual(JsonMembers member) {
        for (byte[] name : USUAL) {
            if (member.named(name)) {
                return true;
            }
        }
        return false;
    }

    private boolean has(ByteBuf chunk, JsonMembers member) {
        for (JsonMembers one = new JsonMembers(chunk, heldData, heldClose + 1); one.next(); ) {
            if (one.namedAs(member)) {
                return true;
            }
        }
        return false;
    }

    /** Keeps a chunk, without its usage, until it is known what follows. */
    private void hold(ByteBuf in) {
        ByteBuf chunk = allocator.directBuffer(eventEnd - eventStart + 1);
        int start = trim(in, chunk);
        int close = dataEnd - 1;
        while (close > dataStart && in.getByte(close) != '}') {
            close--;
        }
        heldData = start;
        heldClose = chunk.writerIndex() - (eventEnd - close);
        held = chunk;
    }

    /** Writes a chunk without its usage. Returns where in {@code out} its JSON begins. */
    private int trim(ByteBuf in, ByteBuf out) {
        int start = out.writerIndex() + dataStart - eventStart;
        if (member < 0) {
            Bytes.copy(in, eventStart, eventEnd, out);
            return start;
        }
        int value = JsonMembers.blank(in, member + USAGE.length, dataEnd);
        value = JsonMembers.blank(in, value + 1, dataEnd); // behind the colon
        int end = JsonMembers.valueEnd(in, value, dataEnd);
        int begin = member;
        while (begin > dataStart && in.getByte(begin - 1) <= ' ' && in.getByte(begin - 1) >= 0) {
            begin--;
        }
        if (begin > dataStart && in.getByte(begin - 1) == ',') {
            begin--;
        } else {
            int comma = JsonMembers.blank(in, end, dataEnd);
            end = comma < dataEnd && in.getByte(comma) == ',' ? comma + 1 : end;
        }
        Bytes.copy(in, eventStart, begin, out);
        Bytes.copy(in, end, eventEnd, out);
        return start;
    }

    /** An event whose data stood in several lines, its JSON joined by line feeds: as one of a single line. */
    private static ByteBuf oneLine(ByteBuf json, int from, int to, ByteBufAllocator allocator) {
        ByteBuf event = allocator.directBuffer(to - from + DATA.length + EVENT_END.length);
        event.writeBytes(DATA).writeBytes(json, from, to - from);
        for (int i = DATA.length; i < event.writerIndex(); i++) {
            if (event.getByte(i) == '\n' || event.getByte(i) == '\r') {
                event.setByte(i, ' '); // between values, or it would be no JSON
            }
        }
        return event.writeBytes(EVENT_END);
    }

    @Override
    public void close() {
        if (held != null) {
            held.release();
            held = null;
        }
    }
}
