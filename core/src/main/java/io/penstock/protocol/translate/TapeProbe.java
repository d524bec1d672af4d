package io.penstock.protocol.translate;

import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.Utf8;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One look over a provider's JSON along its index, for what is written anew: it was indexed anyway. Reused; not thread-safe.
 */
public final class TapeProbe extends AnswerProbe {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final JsonTape tape;
    private int[] open = new int[16]; // containers around the node at hand
    private int node;

    /** Looks at what is indexed on {@code tape} each time. */
    public TapeProbe(JsonTape tape) {
        this.tape = tape;
    }

    /** Looks at what is indexed and adds what it delivers to {@code text}. Returns this. */
    public TapeProbe look(Protocol protocol, ScriptCounter text) {
        JsonTape indexed = tape;
        begin(indexed.rawFrom(JsonTape.ROOT), indexed.rawTo(JsonTape.ROOT), protocol, text);
        int depth = 0;
        long key = 0;
        int nodes = indexed.next(JsonTape.ROOT);
        for (node = JsonTape.ROOT; node < nodes; node++) {
            for (; depth > 0 && node == indexed.next(open[depth - 1]); key = 0) {
                depth--;
                close(depth, indexed.to(open[depth]));
            }
            if (depth > 0 && indexed.isObject(open[depth - 1])) {
                key = code(indexed.bytes(), indexed.from(node), indexed.to(node));
                node++;
            }
            boolean object = indexed.isObject(node);
            if (object || indexed.isArray(node)) {
                open((byte) (object ? '{' : '['), key, depth, indexed.from(node));
                key = object ? 0 : key;
                open = depth == open.length ? Arrays.copyOf(open, depth * 2) : open;
                open[depth++] = node;
            } else if (indexed.isString(node)) {
                string(key, depth, indexed.from(node), indexed.to(node), false);
            }
        }
        while (depth > 0) {
            depth--;
            close(depth, indexed.to(open[depth]));
        }
        return this;
    }

    private static long code(byte[] bytes, int from, int to) {
        long head = 0;
        if (from + Long.BYTES <= bytes.length) {
            head = (long) LONGS.get(bytes, from);
        } else {
            for (int i = bytes.length - 1; i >= from; i--) {
                head = head << 8 | bytes[i] & 0xFF;
            }
        }
        return code(head, to - from);
    }

    @Override
    protected boolean is(int from, int to, byte[] ascii) {
        return Arrays.equals(tape.bytes(), from, to, ascii, 0, ascii.length);
    }

    @Override
    protected void copy(int from, byte[] into, int length) {
        System.arraycopy(tape.bytes(), from, into, 0, length);
    }

    @Override
    protected void count(ScriptCounter counter, int from, int to) {
        if (!tape.isEscaped(node) && Utf8.ascii(tape.bytes(), from, to)) {
            counter.addAscii(to - from);
        } else {
            counter.add(tape.bytes(), from, to);
        }
    }

    @Override
    protected boolean isEmpty(int at) {
        return tape.next(node) == node + 1;
    }
}
