package io.penstock.protocol.translate;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing run of bytes that JSON is written to. Commas are the writer's: {@link #comma}. Reused; not thread-safe. */
public final class JsonOut {
    private static final int BYTES_KEPT = 64 * 1024;

    private static final int BYTES_FIRST = 256;

    private byte[] bytes = new byte[BYTES_FIRST];
    private int length;

    /** Nothing written yet; what one large text made it grow by is given back. */
    public JsonOut clear() {
        if (bytes.length > BYTES_KEPT) {
            bytes = new byte[BYTES_FIRST];
        }
        length = 0;
        return this;
    }

    /** Makes room for so many bytes at once; what is large grows by copies otherwise. */
    public JsonOut reserve(int more) {
        if (more > bytes.length - length) {
            bytes = Arrays.copyOf(bytes, Math.addExact(length, more));
        }
        return this;
    }

    /** What was written lies in here from 0 to {@link #length}; valid until the next call. */
    public byte[] bytes() {
        return bytes;
    }

    public int length() {
        return length;
    }

    /** A copy of what was written. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, length);
    }

    JsonOut raw(int b) {
        if (length == bytes.length) {
            grow(1);
        }
        bytes[length++] = (byte) b;
        return this;
    }

    JsonOut raw(byte[] from, int start, int end) {
        int size = end - start;
        if (size > bytes.length - length) {
            grow(size);
        }
        System.arraycopy(from, start, bytes, length, size);
        length += size;
        return this;
    }

    JsonOut raw(Slice slice) {
        return raw(slice.bytes(), slice.from(), slice.to());
    }

    JsonOut raw(JsonOut other) {
        return raw(other.bytes, 0, other.length);
    }

    /** Text that is ASCII and stands as it is. */
    @SuppressWarnings("deprecation") // getBytes(int, …) copies the low bytes: all there is of ASCII, and no allocation
    JsonOut ascii(String text) {
        int size = text.length();
        if (size > bytes.length - length) {
            grow(size);
        }
        text.getBytes(0, size, bytes, length);
        length += size;
        return this;
    }

    /** A text in quotes, escaped. */
    JsonOut quoted(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        raw('"');
        Escapes.encode(utf8, 0, utf8.length, this);
        return raw('"');
    }

    /** A string's content in quotes. */
    JsonOut quoted(Slice content) {
        return raw('"').raw(content).raw('"');
    }

    JsonOut number(long number) {
        if (number >= 0 && number < 10) {
            return raw('0' + (int) number);
        }
        return ascii(Long.toString(number));
    }

    /** A comma, unless nothing stands before it in its container. */
    JsonOut comma() {
        if (length > 0 && bytes[length - 1] != '[' && bytes[length - 1] != '{') {
            raw(',');
        }
        return this;
    }

    /** {@code ,"name":} */
    JsonOut member(String name) {
        return comma().raw('"').ascii(name).raw('"').raw(':');
    }

    private void grow(int more) {
        long wanted = Math.max((long) length + more, bytes.length * 2L);
        if ((long) length + more > Integer.MAX_VALUE - 16) {
            throw new IllegalStateException("more than 2 GiB of JSON");
        }
        bytes = Arrays.copyOf(bytes, (int) Math.min(wanted, Integer.MAX_VALUE - 16));
    }
}
