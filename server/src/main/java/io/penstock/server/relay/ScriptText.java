package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.ScriptCounter;

/** Counts the script of a JSON string that lies in a {@link ByteBuf}; the rare one with escapes or non-ASCII letters. */
final class ScriptText {
    private static final int BYTES_MAX = 64 * 1024; // of one string; what is beyond counts as the part before it

    private ScriptText() {}

    static void add(ScriptCounter counter, ByteBuf in, int from, int to) {
        byte[] text = new byte[Math.min(to - from, BYTES_MAX)];
        in.getBytes(from, text);
        for (int left = to - from; left > 0; left -= text.length) {
            counter.add(text, 0, Math.min(left, text.length));
        }
    }
}
