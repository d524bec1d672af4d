package io.penstock.server.http;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.HeadTooLarge;
import io.penstock.error.GatewayError.MalformedRequest;
import io.penstock.error.GatewayError.UnsupportedVersion;
import io.penstock.error.GatewayException;
import java.util.Arrays;

/**
 * The head of one request, read in place: where the target and the headers that matter lie in the client's own bytes.
 *
 * <p>Strict by RFC 9112, beyond its musts where two readers could differ: CRLF only, no folding, no control bytes, no
 * space before the colon, one Host, one Content-Length of digits, {@code Transfer-Encoding: chunked} alone and never beside
 * a length. Bounds: 8 KiB request line, 32 KiB of headers, 100 fields (RELIABILITY 3.4). Two leniencies that RFC 9112 asks
 * for: empty lines before the request line are passed over (2.2), and a target may be a whole URL (3.2.2).
 *
 * <p>Reused from request to request; event loop only. The buffer belongs to the caller and must live as long as spans are
 * read.
 */
public final class RequestHead {
    /** Longest request line, in bytes. */
    public static final int LINE_BYTES_MAX = 8 * 1024;
    /** Longest head, request line included, in bytes. */
    public static final int HEAD_BYTES_MAX = LINE_BYTES_MAX + 32 * 1024;
    /** Most header fields. */
    public static final int FIELDS_MAX = 100;

    /** {@link #contentLength()} of a body that comes in chunks. */
    public static final long CHUNKED = -1;

    /** Most empty lines before a request line; RFC 9112 2.2 asks for one at least. */
    public static final int EMPTY_LINES_MAX = 4;

    private static final int BETAS_MAX = 16;
    private static final byte[] HTTP_1 = Bytes.ascii("HTTP/1.");
    private static final byte[] HTTP_URL = Bytes.ascii("http://");
    private static final byte[] HTTPS_URL = Bytes.ascii("https://");
    private static final byte[] CHUNKED_NAME = Bytes.ascii("chunked");
    private static final byte[] CLOSE = Bytes.ascii("close");
    private static final byte[] KEEP_ALIVE = Bytes.ascii("keep-alive");
    private static final boolean[] TOKEN = tokenTable();

    private final int[] starts = new int[Header.values().length];
    private final int[] ends = new int[Header.values().length];

    private final int[] betaStarts = new int[BETAS_MAX]; // of anthropic-beta behind its first line
    private final int[] betaEnds = new int[BETAS_MAX];
    private int betas;

    private int emptyLines;
    private int searched; // bytes of an unfinished head already looked at for its end
    private int methodStart;
    private int methodEnd;
    private int authorityStart;
    private int authorityEnd; // 0: the target is a path
    private int pathStart;
    private int pathEnd;
    private int targetEnd;
    private int end;
    private boolean http10;
    private boolean close;
    private boolean keepAlive;
    private long contentLength;

    /** Forgets everything; to be called before the first byte of a request. */
    public void reset() {
        emptyLines = 0;
        searched = 0;
        betas = 0;
        authorityStart = 0;
        authorityEnd = 0;
        Arrays.fill(ends, 0);
        Arrays.fill(starts, 0);
        http10 = false;
        close = false;
        keepAlive = false;
        contentLength = 0;
    }

    /**
     * Reads the head that begins at the buffer's reader index, if all of it is there. Empty lines before it are skipped, the
     * reader index with them.
     *
     * @return false if more bytes are needed; on true the body begins at {@link #end()}
     * @throws GatewayException if it is malformed, ambiguous or too large: answer, then close
     */
    public boolean parse(ByteBuf in) {
        skipEmptyLines(in);
        int from = in.readerIndex();
        int to = in.writerIndex();
        int headEnd = findEnd(in, from, to);
        if (headEnd < 0) {
            if (to - from > HEAD_BYTES_MAX) {
                throw refuse(new HeadTooLarge("at most " + HEAD_BYTES_MAX + " bytes"));
            }
            return false;
        }
        if (headEnd - from > HEAD_BYTES_MAX) {
            throw refuse(new HeadTooLarge("at most " + HEAD_BYTES_MAX + " bytes"));
        }
        end = headEnd;
        int line = requestLine(in, from, headEnd);
        headers(in, line, headEnd - 2);
        framing(in);
        return true;
    }

    private void skipEmptyLines(ByteBuf in) {
        int from = in.readerIndex();
        while (emptyLines < EMPTY_LINES_MAX
                && in.writerIndex() - from >= 2
                && in.getByte(from) == '\r'
                && in.getByte(from + 1) == '\n') {
            emptyLines++;
            searched = 0;
            from += 2;
            in.readerIndex(from);
        }
    }

    private int findEnd(ByteBuf in, int from, int to) {
        int i = from + Math.max(0, searched - 3);
        while (true) {
            int lf = in.indexOf(i, to, (byte) '\n');
            if (lf < 0) {
                searched = to - from;
                return -1;
            }
            if (lf == from || in.getByte(lf - 1) != '\r') {
                throw malformed("a line ends with LF alone");
            }
            if (lf - from >= 3 && in.getByte(lf - 2) == '\n') {
                return lf + 1;
            }
            if (lf - from == 1) {
                throw malformed("more than " + EMPTY_LINES_MAX + " empty lines before the request line");
            }
            i = lf + 1;
        }
    }

    private int requestLine(ByteBuf in, int from, int headEnd) {
        int lineEnd = in.indexOf(from, headEnd, (byte) '\r');
        if (lineEnd - from > LINE_BYTES_MAX) {
            throw refuse(new HeadTooLarge("the request line may have " + LINE_BYTES_MAX + " bytes"));
        }
        methodStart = from;
        methodEnd = in.indexOf(from, lineEnd, (byte) ' ');
        if (methodEnd <= from) {
            throw malformed("no method");
        }
        for (int i = from; i < methodEnd; i++) {
            if (!isToken(in.getByte(i))) {
                throw malformed("a byte in the method that may not stand there");
            }
        }
        pathStart = methodEnd + 1;
        targetEnd = in.indexOf(pathStart, lineEnd, (byte) ' ');
        if (targetEnd <= pathStart) {
            throw malformed("no target or no version");
        }
        pathEnd = targetEnd;
        for (int i = pathStart; i < targetEnd; i++) {
            int b = in.getByte(i);
            if (b <= ' ' || b == 0x7F) {
                throw malformed("a byte in the target that may not stand there");
            }
            if (b == '?' && pathEnd == targetEnd) {
                pathEnd = i;
            }
        }
        if (in.getByte(pathStart) != '/') {
            authority(in);
        }
        int version = targetEnd + 1;
        if (lineEnd - version != 8 || !Bytes.startsWith(in, version, lineEnd, HTTP_1)) {
            throw refuse(new UnsupportedVersion());
        }
        int minor = in.getByte(lineEnd - 1);
        if (minor != '0' && minor != '1') {
            throw refuse(new UnsupportedVersion());
        }
        http10 = minor == '0';
        return lineEnd + 2;
    }

    /** Takes the target for a whole URL: its path begins behind the authority, and may be missing. */
    private void authority(ByteBuf in) {
        int from = Bytes.startsWithAnyCase(in, pathStart, pathEnd, HTTP_URL)
                ? pathStart + HTTP_URL.length
                : Bytes.startsWithAnyCase(in, pathStart, pathEnd, HTTPS_URL) ? pathStart + HTTPS_URL.length : pathEnd;
        int slash = in.indexOf(from, pathEnd, (byte) '/');
        int to = slash < 0 ? pathEnd : slash;
        if (from == to || in.indexOf(from, to, (byte) '@') >= 0) {
            throw malformed("the target must be a path, or the URL of one");
        }
        authorityStart = from;
        authorityEnd = to;
        pathStart = to;
    }

    private void headers(ByteBuf in, int from, int headersEnd) {
        int fields = 0;
        for (int line = from; line < headersEnd; ) {
            if (++fields > FIELDS_MAX) {
                throw refuse(new HeadTooLarge("at most " + FIELDS_MAX + " fields"));
            }
            int colon = line;
            for (int b; (b = in.getByte(colon)) != ':'; colon++) {
                if (!isToken(b)) {
                    throw malformed(
                            colon == line && (b == ' ' || b == '\t')
                                    ? "a folded header line"
                                    : "a byte in a header's name that may not stand there");
                }
            }
            if (colon == line) {
                throw malformed("a header without a name");
            }
            int cr = Bytes.indexOfLineEnd(in, colon + 1, headersEnd);
            if (cr < 0 || in.getByte(cr) != '\r' || in.getByte(cr + 1) != '\n') {
                throw malformed("a CR or LF inside a header");
            }
            int valueStart = colon + 1;
            int valueEnd = cr;
            while (valueStart < valueEnd && Bytes.isBlank(in.getByte(valueStart))) {
                valueStart++;
            }
            while (valueEnd > valueStart && Bytes.isBlank(in.getByte(valueEnd - 1))) {
                valueEnd--;
            }
            for (int i = valueStart; i < valueEnd; i++) {
                int b = in.getByte(i);
                if (b >= 0 && b < ' ' && b != '\t' || b == 0x7F) {
                    throw malformed("a control byte in a header's value");
                }
            }
            Header header = Header.named(in, line, colon);
            if (header != null) {
                note(in, header, valueStart, valueEnd);
            }
            line = cr + 2;
        }
    }

    private void note(ByteBuf in, Header header, int valueStart, int valueEnd) {
        int i = header.ordinal();
        if (header == Header.CONNECTION) {
            close |= Bytes.lists(in, valueStart, valueEnd, CLOSE);
            keepAlive |= Bytes.lists(in, valueStart, valueEnd, KEEP_ALIVE);
        } else if (ends[i] != 0) {
            if (header.single()) {
                throw malformed("a repeated " + header.wireName());
            }
            if (header == Header.ANTHROPIC_BETA) {
                moreBetas(valueStart, valueEnd);
            }
            return;
        }
        starts[i] = valueStart;
        ends[i] = valueEnd;
    }

    private void moreBetas(int from, int to) {
        if (betas == BETAS_MAX) {
            throw malformed("anthropic-beta more than " + (BETAS_MAX + 1) + " times");
        }
        betaStarts[betas] = from;
        betaEnds[betas++] = to;
    }

    /** Copies a header's value; one that came several times as the list it is (RFC 9110 5.3). */
    public void writeValue(Header header, ByteBuf in, ByteBuf out) {
        int from = start(header);
        Bytes.copy(in, from, end(header), out);
        if (header == Header.ANTHROPIC_BETA) {
            for (int i = 0; i < betas; i++) {
                Bytes.copy(in, betaStarts[i], betaEnds[i], out.writeByte(','));
            }
        }
    }

    private void framing(ByteBuf in) {
        if (!has(Header.HOST) && !http10) {
            throw malformed("no Host");
        }
        boolean length = has(Header.CONTENT_LENGTH);
        if (has(Header.TRANSFER_ENCODING)) {
            if (length || http10) {
                throw malformed("Transfer-Encoding beside Content-Length, or in HTTP/1.0");
            }
            if (!Bytes.equalsAnyCase(
                    in, start(Header.TRANSFER_ENCODING), end(Header.TRANSFER_ENCODING), CHUNKED_NAME)) {
                throw malformed("a transfer coding other than chunked");
            }
            contentLength = CHUNKED;
        } else if (length) {
            contentLength = Bytes.parseDecimal(in, start(Header.CONTENT_LENGTH), end(Header.CONTENT_LENGTH));
            if (contentLength < 0) {
                throw malformed("a Content-Length that is not a number");
            }
        }
    }

    /** Whether the header came, with a value of at least one byte or, for Host, any value. */
    public boolean has(Header header) {
        return ends[header.ordinal()] != 0;
    }

    /** Start of the header's value in the buffer given to {@link #parse}; 0 if it did not come. */
    public int start(Header header) {
        return starts[header.ordinal()];
    }

    /** End of the header's value, exclusive; 0 if it did not come. */
    public int end(Header header) {
        return ends[header.ordinal()];
    }

    public int methodStart() {
        return methodStart;
    }

    public int methodEnd() {
        return methodEnd;
    }

    /** Whether the target is a whole URL, whose authority then stands for the Host header (RFC 9112 3.2.2). */
    public boolean absolute() {
        return authorityEnd != 0;
    }

    /** Start of the host that is asked for: the authority of the target, or else the Host header; 0 if there is neither. */
    public int hostStart() {
        return absolute() ? authorityStart : start(Header.HOST);
    }

    /** End of the host that is asked for, exclusive. */
    public int hostEnd() {
        return absolute() ? authorityEnd : end(Header.HOST);
    }

    /** Start of the path; its end is {@link #pathEnd()}, the query's {@link #targetEnd()}. */
    public int pathStart() {
        return pathStart;
    }

    public int pathEnd() {
        return pathEnd;
    }

    public int targetEnd() {
        return targetEnd;
    }

    /** Index of the first byte after the head. */
    public int end() {
        return end;
    }

    public boolean http10() {
        return http10;
    }

    /** Bytes of body to come; {@link #CHUNKED} when it comes in chunks; 0 when there is none. */
    public long contentLength() {
        return contentLength;
    }

    /** Whether the connection stays open after the answer, as far as the client is concerned. */
    public boolean persistent() {
        return http10 ? keepAlive && !close : !close;
    }

    private static boolean isToken(int b) {
        return b >= 0 && TOKEN[b];
    }

    private static boolean[] tokenTable() {
        boolean[] table = new boolean[128];
        for (char c = '0'; c <= 'z'; c++) {
            table[c] = Character.isLetterOrDigit(c);
        }
        for (char c : "!#$%&'*+-.^_`|~".toCharArray()) { // RFC 9110 5.6.2
            table[c] = true;
        }
        return table;
    }

    private static GatewayException malformed(String what) {
        return refuse(new MalformedRequest(what));
    }

    private static GatewayException refuse(GatewayError error) {
        return new GatewayException(error);
    }
}
