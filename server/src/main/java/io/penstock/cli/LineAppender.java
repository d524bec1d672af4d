package io.penstock.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.UnsynchronizedAppenderBase;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Log lines for standard error, written in batches by a thread of its own: whoever logs, an event loop most often, only
 * encodes the line into memory.
 *
 * <p>A line waits at most {@link #BATCH_MILLIS}; a warning does not wait. When nobody reads the other end, lines are kept
 * up to {@link #KEPT_BYTES_MAX}, then dropped and counted, and the count is told: a full pipe must not stop the gateway.
 * {@link #flush} writes all that was logged before it. Safe from any thread.
 *
 * <p>{@code 2026-11-21T02:06:42.123Z INFO  access request_id=…}: UTC, level, the last part of the logger's name. A message of
 * several lines is indented from its second line on, so nobody can forge a line.
 */
final class LineAppender extends UnsynchronizedAppenderBase<ILoggingEvent> {
    static final long BATCH_MILLIS = 50;
    static final int KEPT_BYTES_MAX = 1024 * 1024;

    private static final int BUFFER_BYTES = 32 * 1024;
    private static final int HURRY_BYTES = 24 * 1024; // then the batch is large enough
    private static final int LINE_CHARACTERS_MAX = 16 * 1024;
    private static final int UTF8_BYTES_MAX = 3; // a char takes at most, and so does a line end with its indent
    private static final int PREFIX_BYTES_MAX = 128;

    private final OutputStream out;
    private final Object writing = new Object(); // held while bytes go out, so that batches keep their order
    private final Object lines = new Object(); // guards what follows; held for one line's encoding at most
    private byte[] filled = new byte[BUFFER_BYTES];
    private byte[] spare = new byte[BUFFER_BYTES]; // guarded by writing
    private int used;
    private boolean hurry;
    private long dropped;
    private long second = Long.MIN_VALUE;
    private final byte[] secondText = new byte[20]; // 2026-11-21T02:06:42.
    private Redactor redactor = new Redactor(java.util.List.of());
    private @Nullable Thread writer;

    LineAppender(OutputStream out) {
        this.out = out;
        setName("stderr");
    }

    void redactor(Redactor changed) {
        synchronized (lines) {
            redactor = changed;
        }
    }

    @Override
    public void start() {
        super.start();
        if (writer == null) {
            Thread thread = new Thread(this::writeBatches, "penstock-log");
            thread.setDaemon(true);
            writer = thread;
            thread.start();
        }
    }

    @Override
    protected void append(ILoggingEvent event) {
        String message = event.getFormattedMessage();
        IThrowableProxy thrown = event.getThrowableProxy();
        String trace = thrown == null ? null : ThrowableProxyUtil.asString(thrown);
        boolean urgent = event.getLevel().isGreaterOrEqual(Level.WARN);
        synchronized (lines) {
            boolean wasEmpty = used == 0;
            int start = used;
            int length = message == null ? 0 : Math.min(message.length(), LINE_CHARACTERS_MAX);
            int traced = trace == null ? 0 : Math.min(trace.length(), LINE_CHARACTERS_MAX);
            if (!hasRoom(PREFIX_BYTES_MAX + UTF8_BYTES_MAX * (length + traced))) {
                dropped++;
                return;
            }
            prefix(event);
            if (message != null) {
                text(message, length);
            }
            if (trace != null) {
                filled[used++] = '\n';
                text(trace, traced);
            }
            while (filled[used - 1] == '\n' || filled[used - 1] == ' ') {
                used--;
            }
            used = redactor.redact(filled, start, used);
            filled[used++] = '\n';
            boolean now = urgent || used >= HURRY_BYTES;
            if (wasEmpty || now && !hurry) {
                hurry |= now;
                lines.notifyAll();
            }
        }
    }

    private boolean hasRoom(int bytes) {
        if (used + bytes > filled.length) {
            if (used + bytes > KEPT_BYTES_MAX) {
                return false;
            }
            filled = Arrays.copyOf(filled, Math.min(KEPT_BYTES_MAX, Math.max(2 * filled.length, used + bytes)));
        }
        return true;
    }

    private void prefix(ILoggingEvent event) {
        long millis = event.getTimeStamp();
        long seconds = Math.floorDiv(millis, 1000L);
        if (seconds != second) {
            second = seconds;
            String text = LocalDateTime.ofEpochSecond(seconds, 0, ZoneOffset.UTC) + ":00"; // it leaves zero seconds out
            for (int i = 0; i < secondText.length - 1; i++) {
                secondText[i] = (byte) text.charAt(i);
            }
            secondText[secondText.length - 1] = '.';
        }
        System.arraycopy(secondText, 0, filled, used, secondText.length);
        used += secondText.length;
        int fraction = (int) (millis - seconds * 1000);
        filled[used++] = (byte) ('0' + fraction / 100);
        filled[used++] = (byte) ('0' + fraction / 10 % 10);
        filled[used++] = (byte) ('0' + fraction % 10);
        filled[used++] = 'Z';
        filled[used++] = ' ';
        String level = event.getLevel().levelStr;
        for (int i = 0; i < 6; i++) {
            filled[used++] = (byte) (i < level.length() ? level.charAt(i) : ' ');
        }
        String logger = event.getLoggerName();
        int from = logger.lastIndexOf('.') + 1;
        for (int i = from; i < Math.min(logger.length(), from + 64); i++) {
            filled[used++] = (byte) logger.charAt(i);
        }
        filled[used++] = ' ';
    }

    /** Visible ASCII in place, and from the first other character on what is slower. There is room. */
    private void text(String text, int length) {
        byte[] to = filled;
        int at = used;
        int i = 0;
        for (char c; i < length && (c = text.charAt(i)) >= ' ' && c < 0x7F; i++) {
            to[at++] = (byte) c;
        }
        used = at;
        if (i < length) {
            for (byte b : text.substring(i, length).getBytes(StandardCharsets.UTF_8)) {
                character(b);
            }
        }
    }

    private void character(byte b) {
        if (b == '\n') {
            filled[used++] = '\n';
            filled[used++] = ' ';
            filled[used++] = ' ';
        } else if (b != '\r') {
            filled[used++] = b >= 0 && b < ' ' && b != '\t' || b == 0x7F ? (byte) '?' : b;
        }
    }

    private void writeBatches() {
        try {
            while (true) {
                synchronized (lines) {
                    while (used == 0) {
                        lines.wait();
                    }
                    long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(BATCH_MILLIS);
                    for (long left = BATCH_MILLIS; !hurry && left > 0; ) {
                        lines.wait(left);
                        left = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                    }
                }
                flush();
            }
        } catch (InterruptedException e) {
            flush();
        }
    }

    /** Writes every line that was logged before this call. */
    void flush() {
        synchronized (writing) {
            byte[] batch;
            int length;
            long lost;
            synchronized (lines) {
                batch = filled;
                length = used;
                lost = dropped;
                filled = spare;
                used = 0;
                dropped = 0;
                hurry = false;
            }
            try {
                out.write(batch, 0, length);
                if (lost > 0) {
                    out.write(("… " + lost + " log lines dropped: standard error was not read fast enough\n")
                            .getBytes(StandardCharsets.UTF_8));
                }
            } catch (IOException closed) {
                // nobody is left to tell
            }
            spare = batch.length > BUFFER_BYTES ? new byte[BUFFER_BYTES] : batch;
        }
    }

    @Override
    public void stop() {
        flush();
        super.stop();
    }
}
