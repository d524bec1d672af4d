package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.protocol.Protocol;
import io.penstock.server.http.Bytes;

/**
 * An error as GPUStack and older llama.cpp put it into a stream: a line {@code error: {…}} where SSE knows no such field, so
 * that clients pass over it. Static; event loop only.
 */
final class BareError {
    private static final byte[] LINE = Bytes.ascii("error:");
    private static final byte[] ERROR = Bytes.ascii("\"error\"");
    private static final byte[] CHAT = Bytes.ascii("data: {\"error\":");
    private static final byte[] TYPED = Bytes.ascii("event: error\ndata: {\"type\":\"error\",\"error\":");
    private static final byte[] END = Bytes.ascii("}\n\n");

    private BareError() {}

    /** Whether the line {@code [from, to)} of {@code in} is one. */
    static boolean is(ByteBuf in, int from, int to) {
        if (!Bytes.startsWith(in, from, to, LINE)) {
            return false;
        }
        int json = JsonMembers.blank(in, from + LINE.length, to);
        return json < to && in.getByte(json) == '{' && JsonMembers.valueEnd(in, json, to) <= to;
    }

    /** The event {@code [from, to)} of {@code in}, which has such a line, as its protocol's own error event. The result is the caller's. */
    static ByteBuf event(ByteBuf in, int from, int to, Protocol protocol, ByteBufAllocator allocator) {
        ByteBuf event = allocator.directBuffer(to - from + TYPED.length + END.length);
        event.writeBytes(protocol == Protocol.OPENAI ? CHAT : TYPED);
        for (int line = from; line < to; ) {
            int lineEnd = Bytes.indexOfLineEnd(in, line, to);
            int stop = lineEnd < 0 ? to : lineEnd;
            if (is(in, line, stop)) {
                int json = JsonMembers.blank(in, line + LINE.length, stop);
                int end = JsonMembers.valueEnd(in, json, stop);
                for (JsonMembers one = new JsonMembers(in, json, end); one.next(); ) {
                    if (one.named(ERROR)) { // it stands in an object of its own, as in an answer
                        json = one.valueStart();
                        end = one.valueEnd();
                        break;
                    }
                }
                return event.writeBytes(in, json, end - json).writeBytes(END);
            }
            line = stop + 1;
        }
        throw new IllegalStateException("no such line");
    }
}
