package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.ResponseHead;
import java.time.Instant;

/** How long a provider wants us to wait (RFC 9110 10.2.3: seconds or a date), in seconds for every client. Static. */
final class RetryAfter {
    private RetryAfter() {}

    /** The answer's {@code Retry-After}; -1 if it has none that can be read. {@code in} holds the bytes of the head. */
    static long seconds(ResponseHead head, ByteBuf in) {
        int from = head.retryAfterStart();
        int to = head.retryAfterEnd();
        if (from == to) {
            return -1;
        }
        long seconds = Bytes.parseDecimal(in, from, to);
        if (seconds >= 0) {
            return seconds;
        }
        Instant until = HttpDate.parse(in, from, to);
        if (until == null) {
            return -1;
        }
        Instant now =
                HttpDate.parse(in, head.dateStart(), head.dateEnd()); // its own clock: what ours says is no matter
        long nowSeconds = now == null ? System.currentTimeMillis() / 1000 : now.getEpochSecond();
        return Math.max(0, until.getEpochSecond() - nowSeconds);
    }
}
