package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Bytes;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The wall clock in seconds, and as a {@code Date} header (RFC 9110 5.6.7), made once a second. Event loop only. */
final class HttpDate {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private long seconds;
    private byte[] line = {};

    HttpDate() {
        tick();
    }

    void tick() {
        long now = System.currentTimeMillis() / 1000;
        if (now != seconds) {
            seconds = now;
            line = Bytes.ascii("Date: " + FORMAT.format(Instant.ofEpochSecond(now)) + "\r\n");
        }
    }

    long seconds() {
        return seconds;
    }

    void writeLine(ByteBuf out) {
        out.writeBytes(line);
    }
}
