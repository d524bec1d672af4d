package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Bytes;

/**
 * Finds where the events of an SSE stream end in the pieces it arrives in, in place and without a copy.
 *
 * <p>An event ends after an empty line; lines end with LF, CRLF or CR (WHATWG HTML 9.2.6). Only what a cut in the middle of
 * a line or of a CRLF needs is kept between pieces: two flags. Event loop only. Never throws; moves no index.
 */
final class SseScanner {
    private boolean lineHasContent; // the line that the last piece ended in
    private boolean afterCarriageReturn; // a LF that comes first belongs to it

    void reset() {
        lineHasContent = false;
        afterCarriageReturn = false;
    }

    /** Whether the last event ended with a CR that a LF at the start of the next piece would belong to. */
    boolean lineFeedMayFollow() {
        return afterCarriageReturn;
    }

    /**
     * Index after the empty line that ends the first event of {@code [from, to)}, or -1 if the piece ends before it. What was
     * looked at counts: the next call must begin where this one ended.
     */
    int eventEnd(ByteBuf piece, int from, int to) {
        int lineStart = from;
        if (afterCarriageReturn && from < to) {
            afterCarriageReturn = false;
            if (piece.getByte(from) == '\n') {
                lineStart++;
            }
        }
        int lineEnd;
        while ((lineEnd = Bytes.indexOfLineEnd(piece, lineStart, to)) >= 0) {
            boolean empty = lineEnd == lineStart && !lineHasContent;
            lineStart = lineEnd + 1;
            lineHasContent = false;
            if (piece.getByte(lineEnd) == '\r') {
                if (lineStart == to) {
                    afterCarriageReturn = true;
                } else if (piece.getByte(lineStart) == '\n') {
                    lineStart++;
                }
            }
            if (empty) {
                return lineStart;
            }
        }
        lineHasContent |= lineStart < to;
        return -1;
    }
}
