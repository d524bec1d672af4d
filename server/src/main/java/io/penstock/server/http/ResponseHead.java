package io.penstock.server.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The head of a provider's answer, read in place and as strictly as a request's. Reused; event loop only.
 *
 * <p>{@link #parse} never throws: what is wrong stands in {@link #problem()}, and the connection is then good for nothing.
 */
public final class ResponseHead {
    /** Longest head, in bytes. */
    public static final int HEAD_BYTES_MAX = 64 * 1024;

    private static final byte[] HTTP_1 = Bytes.ascii("HTTP/1.");
    private static final byte[] CONTENT_LENGTH = Bytes.ascii("content-length");
    private static final byte[] TRANSFER_ENCODING = Bytes.ascii("transfer-encoding");
    private static final byte[] CONTENT_TYPE = Bytes.ascii("content-type");
    private static final byte[] CONTENT_ENCODING = Bytes.ascii("content-encoding");
    private static final byte[] DATE = Bytes.ascii("date");
    private static final byte[] CONNECTION = Bytes.ascii("connection");
    private static final byte[] RETRY_AFTER = Bytes.ascii("retry-after");
    private static final byte[] CHUNKED = Bytes.ascii("chunked");
    private static final byte[] IDENTITY = Bytes.ascii("identity");
    private static final byte[] GZIP = Bytes.ascii("gzip");
    private static final byte[] X_GZIP = Bytes.ascii("x-gzip");
    private static final byte[] DEFLATE = Bytes.ascii("deflate");
    private static final byte[] BR = Bytes.ascii("br");
    private static final byte[] CLOSE = Bytes.ascii("close");
    private static final byte[] KEEP_ALIVE = Bytes.ascii("keep-alive");
    private static final byte[] EVENT_STREAM = Bytes.ascii("text/event-stream");

    private int searched;
    private int end;
    private int status;
    private boolean http10;
    private boolean close;
    private boolean keepAlive;
    private boolean chunked;
    private boolean lengthKnown;
    private long contentLength;
    private int typeStart;
    private int typeEnd;
    private boolean eventStream;
    private int retryAfterStart;
    private int retryAfterEnd;
    private int dateStart;
    private int dateEnd;
    private Coding coding = Coding.NONE;
    private @Nullable String problem;

    /** A body's coding (RFC 9110 8.4.1). */
    public enum Coding {
        NONE,
        GZIP,
        DEFLATE,
        BROTLI,
        /** One that cannot be read here. */
        OTHER
    }

    public void reset() {
        searched = 0;
        problem = null;
    }

    /** Reads the head at the reader index; false if more bytes are needed. True with a {@link #problem()} if it is no good. */
    public boolean parse(ByteBuf in) {
        int from = in.readerIndex();
        int to = in.writerIndex();
        http10 = false;
        close = false;
        keepAlive = false;
        chunked = false;
        lengthKnown = false;
        contentLength = 0;
        typeStart = 0;
        typeEnd = 0;
        eventStream = false;
        retryAfterStart = 0;
        retryAfterEnd = 0;
        dateStart = 0;
        dateEnd = 0;
        coding = Coding.NONE;
        int i = from + Math.max(0, searched - 3);
        while (true) {
            int lf = in.indexOf(i, to, (byte) '\n');
            if (lf < 0) {
                searched = to - from;
                return to - from > HEAD_BYTES_MAX && bad("a head of more than " + HEAD_BYTES_MAX + " bytes");
            }
            if (lf == from || in.getByte(lf - 1) != '\r') {
                return bad("a head line that ends with LF alone");
            }
            if (lf - from >= 3 && in.getByte(lf - 2) == '\n') {
                end = lf + 1;
                break;
            }
            i = lf + 1;
        }
        if (end - from > HEAD_BYTES_MAX) {
            return bad("a head of more than " + HEAD_BYTES_MAX + " bytes");
        }
        return statusLine(in, from);
    }

    private boolean statusLine(ByteBuf in, int from) {
        int lineEnd = in.indexOf(from, end, (byte) '\r');
        if (lineEnd - from < 12
                || !Bytes.startsWith(in, from, lineEnd, HTTP_1)
                || in.getByte(from + 8) != ' '
                || (lineEnd - from > 12 && in.getByte(from + 12) != ' ')) {
            return bad("a status line that is not HTTP/1.x");
        }
        http10 = in.getByte(from + 7) == '0';
        status = (int) Bytes.parseDecimal(in, from + 9, from + 12);
        if (status < 100) {
            return bad("a status that is not a number of three digits");
        }
        int line = lineEnd + 2;
        while (line < end - 2) {
            int colon = in.indexOf(line, end, (byte) ':');
            int cr = Bytes.indexOfLineEnd(in, line, end);
            if (colon <= line || cr < colon || in.getByte(cr) != '\r' || in.getByte(cr + 1) != '\n') {
                return bad("a malformed header");
            }
            int first = in.getByte(line);
            if (first == ' ' || first == '\t') {
                return bad("a folded header line");
            }
            int valueStart = colon + 1;
            int valueEnd = cr;
            while (valueStart < valueEnd && in.getByte(valueStart) <= ' ' && in.getByte(valueStart) >= 0) {
                valueStart++;
            }
            while (valueEnd > valueStart && in.getByte(valueEnd - 1) <= ' ' && in.getByte(valueEnd - 1) >= 0) {
                valueEnd--;
            }
            if (!note(in, line, colon, valueStart, valueEnd)) {
                return true;
            }
            line = cr + 2;
        }
        if (chunked && lengthKnown) {
            return bad("Transfer-Encoding beside Content-Length");
        }
        return true;
    }

    private boolean note(ByteBuf in, int nameStart, int nameEnd, int valueStart, int valueEnd) {
        switch (nameEnd - nameStart) {
            case 4 -> {
                if (Bytes.equalsAnyCase(in, nameStart, nameEnd, DATE)) {
                    dateStart = valueStart;
                    dateEnd = valueEnd;
                }
            }
            case 10 -> {
                if (Bytes.equalsAnyCase(in, nameStart, nameEnd, CONNECTION)) {
                    close |= Bytes.lists(in, valueStart, valueEnd, CLOSE);
                    keepAlive |= Bytes.lists(in, valueStart, valueEnd, KEEP_ALIVE);
                }
            }
            case 11 -> {
                if (Bytes.equalsAnyCase(in, nameStart, nameEnd, RETRY_AFTER)) {
                    retryAfterStart = valueStart;
                    retryAfterEnd = valueEnd;
                }
            }
            case 12 -> {
                if (Bytes.equalsAnyCase(in, nameStart, nameEnd, CONTENT_TYPE)) {
                    typeStart = valueStart;
                    typeEnd = valueEnd;
                    eventStream = Bytes.startsWithAnyCase(in, valueStart, valueEnd, EVENT_STREAM);
                }
            }
            case 14 -> {
                if (Bytes.equalsAnyCase(in, nameStart, nameEnd, CONTENT_LENGTH)) {
                    long length = Bytes.parseDecimal(in, valueStart, valueEnd);
                    if (length < 0 || lengthKnown) {
                        bad("a Content-Length that is repeated or not a number");
                        return false;
                    }
                    lengthKnown = true;
                    contentLength = length;
                }
            }
            case 16 -> {
                if (Bytes.equalsAnyCase(in, nameStart, nameEnd, CONTENT_ENCODING)
                        && valueEnd > valueStart
                        && !Bytes.equalsAnyCase(in, valueStart, valueEnd, IDENTITY)) {
                    coding = coding == Coding.NONE ? coding(in, valueStart, valueEnd) : Coding.OTHER;
                    if (coding == Coding.OTHER) {
                        bad("a content encoding that was not asked for (none of gzip, deflate and br)");
                        return false;
                    }
                }
            }
            case 17 -> {
                if (Bytes.equalsAnyCase(in, nameStart, nameEnd, TRANSFER_ENCODING)) {
                    if (chunked || http10 || !Bytes.equalsAnyCase(in, valueStart, valueEnd, CHUNKED)) {
                        bad("a transfer coding other than chunked, or in HTTP/1.0");
                        return false;
                    }
                    chunked = true;
                }
            }
            default -> {}
        }
        return true;
    }

    private static Coding coding(ByteBuf in, int from, int to) {
        if (Bytes.equalsAnyCase(in, from, to, GZIP) || Bytes.equalsAnyCase(in, from, to, X_GZIP)) {
            return Coding.GZIP;
        }
        if (Bytes.equalsAnyCase(in, from, to, BR)) {
            return Coding.BROTLI;
        }
        return Bytes.equalsAnyCase(in, from, to, DEFLATE) ? Coding.DEFLATE : Coding.OTHER;
    }

    private boolean bad(String what) {
        problem = what;
        return true;
    }

    /** What is wrong; null when the head is good. */
    public @Nullable String problem() {
        return problem;
    }

    public int status() {
        return status;
    }

    public int end() {
        return end;
    }

    /** Sets up {@code framing} for the body that follows; false when there is none. */
    public boolean frame(BodyFraming framing) {
        if (status == 204 || status == 304 || status < 200) {
            framing.beginLength(0);
        } else if (chunked) {
            framing.beginChunked();
        } else if (lengthKnown) {
            framing.beginLength(contentLength);
        } else {
            framing.beginUntilClose();
        }
        return !framing.done();
    }

    /** How the body is packed, though nobody asked for that. */
    public Coding coding() {
        return coding;
    }

    public boolean eventStream() {
        return eventStream;
    }

    public int typeStart() {
        return typeStart;
    }

    public int typeEnd() {
        return typeEnd;
    }

    /** Where the value of {@code Retry-After} begins; at its end if it did not come. */
    public int retryAfterStart() {
        return retryAfterStart;
    }

    public int retryAfterEnd() {
        return retryAfterEnd;
    }

    /** Where the value of {@code Date} begins; at its end if it did not come. */
    public int dateStart() {
        return dateStart;
    }

    public int dateEnd() {
        return dateEnd;
    }

    /** Whether the connection may serve another request after this answer. */
    public boolean persistent() {
        return http10 ? keepAlive && !close : !close;
    }
}
