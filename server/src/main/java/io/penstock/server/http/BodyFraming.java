package io.penstock.server.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Tracks where the payload of one message body lies in the buffers it arrives in, and copies nothing: by length, in chunks
 * (RFC 9112 section 7.1), or up to the end of the connection.
 *
 * <p>{@link #next} steps to the next run of payload bytes; for a chunk that lies whole in one buffer it also tells where its
 * framing begins and ends, so that a relay may pass it on as it stands. Strict: CRLF only, at most 8 hexadecimal digits,
 * chunk extensions and trailers bounded and passed over. Event loop only; reused by {@code begin…}.
 */
public final class BodyFraming {
    private static final int EXTRA_BYTES_MAX = 8 * 1024; // extensions and trailers of one body together

    private enum State {
        SIZE,
        EXTENSION,
        SIZE_LF,
        DATA,
        DATA_CR,
        DATA_LF,
        TRAILER_START,
        TRAILER,
        TRAILER_LF,
        END_LF,
        LENGTH,
        UNTIL_CLOSE,
        DONE,
        MALFORMED
    }

    private State state = State.DONE;
    private long remaining;
    private int digits;
    private int extraBytes;
    private @Nullable String problem;

    private int index;
    private int payloadStart;
    private int payloadEnd;
    private int chunkStart;
    private boolean chunkWhole;

    public void beginLength(long length) {
        remaining = length;
        state = length == 0 ? State.DONE : State.LENGTH;
        problem = null;
        chunkWhole = false;
    }

    public void beginChunked() {
        state = State.SIZE;
        remaining = 0;
        digits = 0;
        extraBytes = 0;
        problem = null;
        chunkWhole = false;
    }

    public void beginUntilClose() {
        state = State.UNTIL_CLOSE;
        problem = null;
        chunkWhole = false;
    }

    /** Whether the message ended, exactly. */
    public boolean done() {
        return state == State.DONE;
    }

    /** What is wrong with the framing; null while nothing is. */
    public @Nullable String problem() {
        return problem;
    }

    /** Whether only the end of the connection ends this body. */
    public boolean untilClose() {
        return state == State.UNTIL_CLOSE;
    }

    /** First byte of the payload run that {@link #next} found. */
    public int payloadStart() {
        return payloadStart;
    }

    /** End of that run, exclusive. */
    public int payloadEnd() {
        return payloadEnd;
    }

    /** Whether the run is one chunk that lies in this buffer with its size line (no extension) and its closing CRLF. */
    public boolean chunkWhole() {
        return chunkWhole;
    }

    /** With {@link #chunkWhole}: first byte of the size line. */
    public int chunkStart() {
        return chunkStart;
    }

    /** With {@link #chunkWhole}: first byte after the chunk's closing CRLF. */
    public int chunkEnd() {
        return payloadEnd + 2;
    }

    /** First byte that this body has not taken, after {@link #next} returned false. */
    public int index() {
        return index;
    }

    /**
     * Steps from {@code from} (or, after a run, from its end) to the next run of payload before {@code to}.
     *
     * @return false when the buffer holds no more payload, or the body ended, or its framing is malformed
     */
    public boolean next(ByteBuf in, int from, int to) {
        int i = from;
        chunkWhole = false;
        int lineStart = state == State.SIZE && digits == 0 ? i : -1;
        boolean plainLine = true;
        while (i < to) {
            switch (state) {
                case LENGTH, UNTIL_CLOSE -> {
                    return run(i, state == State.LENGTH ? (int) Math.min(to, i + remaining) : to);
                }
                case SIZE -> {
                    if (digits == 0) {
                        lineStart = i;
                        plainLine = true;
                    }
                    int b = in.getByte(i++);
                    int digit = Character.digit(b, 16);
                    if (digit >= 0) {
                        if (++digits > 8) {
                            return malformed(i, "a chunk size of more than 8 digits");
                        }
                        remaining = remaining << 4 | digit;
                    } else if (digits == 0) {
                        return malformed(i, "a chunk size without digits");
                    } else if (b == '\r') {
                        state = State.SIZE_LF;
                    } else if (b == ';' || b == ' ' || b == '\t') {
                        plainLine = false;
                        state = State.EXTENSION;
                    } else {
                        return malformed(i, "a byte in a chunk size that may not stand there");
                    }
                }
                case EXTENSION -> {
                    int b = in.getByte(i++);
                    plainLine = false;
                    if (b == '\r') {
                        state = State.SIZE_LF;
                    } else if (b == '\n' || b == 0 || ++extraBytes > EXTRA_BYTES_MAX) {
                        return malformed(i, "a chunk extension that is malformed or too long");
                    }
                }
                case SIZE_LF -> {
                    if (in.getByte(i++) != '\n') {
                        return malformed(i, "a chunk size line that does not end with CRLF");
                    }
                    digits = 0;
                    state = remaining == 0 ? State.TRAILER_START : State.DATA;
                    if (remaining > Integer.MAX_VALUE) {
                        return malformed(i, "a chunk of more than 2 GiB");
                    }
                }
                case DATA -> {
                    long stop = i + remaining;
                    if (lineStart >= 0 && plainLine && stop + 2 <= to) {
                        int cr = (int) stop;
                        chunkWhole = in.getByte(cr) == '\r' && in.getByte(cr + 1) == '\n';
                        chunkStart = lineStart;
                    }
                    return run(i, (int) Math.min(to, stop));
                }
                case DATA_CR -> {
                    if (in.getByte(i++) != '\r') {
                        return malformed(i, "a chunk longer than its size");
                    }
                    state = State.DATA_LF;
                }
                case DATA_LF -> {
                    if (in.getByte(i++) != '\n') {
                        return malformed(i, "a chunk longer than its size");
                    }
                    state = State.SIZE;
                }
                case TRAILER_START -> {
                    if (in.getByte(i) == '\r') {
                        i++;
                        state = State.END_LF;
                    } else {
                        state = State.TRAILER;
                    }
                }
                case TRAILER -> {
                    int b = in.getByte(i++);
                    if (b == '\r') {
                        state = State.TRAILER_LF;
                    } else if (b == '\n' || b == 0 || ++extraBytes > EXTRA_BYTES_MAX) {
                        return malformed(i, "a trailer that is malformed or too long");
                    }
                }
                case TRAILER_LF -> {
                    if (in.getByte(i++) != '\n') {
                        return malformed(i, "a trailer line that does not end with CRLF");
                    }
                    state = State.TRAILER_START;
                }
                case END_LF -> {
                    if (in.getByte(i++) != '\n') {
                        return malformed(i, "a body that does not end with CRLF");
                    }
                    state = State.DONE;
                }
                case DONE, MALFORMED -> {
                    index = i;
                    return false;
                }
            }
        }
        index = i;
        return false;
    }

    private boolean run(int from, int to) {
        payloadStart = from;
        payloadEnd = to;
        index = to;
        if (state != State.UNTIL_CLOSE) {
            remaining -= to - from;
            if (remaining == 0) {
                state = state == State.LENGTH ? State.DONE : State.DATA_CR;
            }
        }
        return true;
    }

    /** After a run that was a whole chunk: steps over its closing CRLF, which {@link #next} has already looked at. */
    public void skipChunkEnd() {
        state = State.SIZE;
        index = payloadEnd + 2;
    }

    private boolean malformed(int at, String what) {
        index = at;
        state = State.MALFORMED;
        problem = what;
        return false;
    }
}
