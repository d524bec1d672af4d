package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.ResponseHead;
import io.penstock.server.wire.HttpDate;
import java.time.Instant;

/**
 * How long a provider wants us to wait (RFC 9110 10.2.3: seconds or a date), in seconds for every client. Never more than a
 * day: clients sleep for as long as they are told, and no provider means more. Static.
 */
final class RetryAfter {
    private static final long SECONDS_MAX = 86_400;

    private RetryAfter() {}

    /** The answer's {@code Retry-After}; -1 if it has none that can be read. {@code in} holds the bytes of the head. */
    static long seconds(ResponseHead head, ByteBuf in) {
        int from = head.retryAfterStart();
        int to = head.retryAfterEnd();
        if (from == to) {
            return -1;
        }
        int digits = from;
        while (digits < to && in.getByte(digits) >= '0' && in.getByte(digits) <= '9') {
            digits++;
        }
        if (digits > from && (digits == to || fraction(in, digits, to))) {
            long seconds = Bytes.parseDecimal(in, from, digits);
            long whole = seconds < 0 ? SECONDS_MAX : Math.min(SECONDS_MAX, seconds); // negative: above 2⁶³
            return digits == to ? whole : Math.min(SECONDS_MAX, whole + 1);
        }
        Instant until = HttpDate.parse(in, from, to);
        if (until == null) {
            return -1;
        }
        Instant now =
                HttpDate.parse(in, head.dateStart(), head.dateEnd()); // its own clock: what ours says is no matter
        long nowSeconds = now == null ? System.currentTimeMillis() / 1000 : now.getEpochSecond();
        return Math.min(SECONDS_MAX, Math.max(0, until.getEpochSecond() - nowSeconds));
    }

    /** Seconds with a fraction are not allowed, but sent by some: rounded up, never down to a wait that is too short. */
    private static boolean fraction(ByteBuf in, int from, int to) {
        if (in.getByte(from) != '.' || to - from < 2) {
            return false;
        }
        for (int i = from + 1; i < to; i++) {
            if (in.getByte(i) < '0' || in.getByte(i) > '9') {
                return false;
            }
        }
        return true;
    }
}
