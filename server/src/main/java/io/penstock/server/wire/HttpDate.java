package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Bytes;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The wall clock in seconds, and as a {@code Date} header (RFC 9110 5.6.7), made once a second. Event loop only. */
public final class HttpDate {
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter RFC_850 = DateTimeFormatter.ofPattern(
                    "EEEE, dd-MMM-yy HH:mm:ss 'GMT'", Locale.US) // of this century: nobody is told to wait for the last
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter ASCTIME =
            DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.US).withZone(ZoneOffset.UTC);
    private static final List<DateTimeFormatter> FORMS = List.of(FORMAT, RFC_850, ASCTIME);
    private static final int LENGTH_MAX = 40;

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

    /** The date in {@code [from, to)}, in one of the three forms that HTTP has had; null if it is none. Costs a copy. */
    public static @Nullable Instant parse(ByteBuf in, int from, int to) {
        if (from == to || to - from > LENGTH_MAX) {
            return null;
        }
        String text = in.toString(from, to - from, StandardCharsets.ISO_8859_1);
        for (DateTimeFormatter form : FORMS) {
            try {
                return Instant.from(form.parse(text));
            } catch (DateTimeException another) {
                // the next form may fit
            }
        }
        return null;
    }

    void writeLine(ByteBuf out) {
        out.writeBytes(line);
    }
}
