package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class LineAppenderTest {
    private final LoggerContext context = new LoggerContext();

    private Logger logger(LineAppender appender) {
        appender.setContext(context);
        appender.start();
        context.getLogger(Logger.ROOT_LOGGER_NAME).addAppender(appender);
        return context.getLogger("penstock.access");
    }

    @AfterEach
    void stop() {
        context.stop();
    }

    @Test
    void everyLineOfEveryThreadIsWrittenWholeAndInItsOrder() throws Exception {
        var out = new ByteArrayOutputStream();
        var appender = new LineAppender(out);
        Logger log = logger(appender);
        int threads = 4;
        int each = 2_000;
        List<Thread> all = new ArrayList<>();
        for (int t = 0; t < threads; t++) {
            int thread = t;
            all.add(new Thread(() -> {
                for (int i = 0; i < each; i++) {
                    log.info("thread={} line={} é", thread, i);
                    if (i % 250 == 0) {
                        appender.flush(); // so that the bound is not what this test is about
                    }
                }
            }));
        }
        for (Thread thread : all) {
            thread.start();
        }
        for (Thread thread : all) {
            thread.join(60_000);
        }
        appender.flush();
        Map<Integer, Integer> next = new HashMap<>();
        for (String line : out.toString(StandardCharsets.UTF_8).lines().toList()) {
            assertThat(line)
                    .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  access thread=\\d line=\\d+ é");
            int thread = line.charAt(line.indexOf("thread=") + 7) - '0';
            int number = Integer.parseInt(line.replaceAll(".*line=(\\d+).*", "$1"));
            assertThat(number).isEqualTo(next.getOrDefault(thread, 0));
            next.put(thread, number + 1);
        }
        assertThat(next.values()).hasSize(threads).allMatch(count -> count == each);
    }

    @Test
    void aLineComesOutByItselfSoon() throws Exception {
        var written = new CountDownLatch(1);
        Logger log = logger(new LineAppender(new OutputStream() {
            @Override
            public void write(int b) {
                written.countDown();
            }
        }));
        log.info("hello");
        assertThat(written.await(60, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void aReaderWhoStopsCostsLinesAndIsToldHowMany() throws Exception {
        var out = new ByteArrayOutputStream();
        var blocked = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        var appender = new LineAppender(new OutputStream() {
            @Override
            public void write(int b) {
                throw new AssertionError("written in pieces");
            }

            @Override
            public void write(byte[] bytes, int from, int length) {
                blocked.countDown();
                try {
                    assertThat(go.await(60, TimeUnit.SECONDS)).isTrue();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                out.write(bytes, from, length);
            }
        });
        Logger log = logger(appender);
        log.warn("first");
        assertThat(blocked.await(60, TimeUnit.SECONDS)).isTrue();
        String long1000 = "x".repeat(1_000);
        for (int i = 0; i < 5_000; i++) {
            log.info(long1000);
        }
        go.countDown();
        appender.flush();
        String text = out.toString(StandardCharsets.UTF_8);
        assertThat(text.length()).isLessThan(LineAppender.KEPT_BYTES_MAX + 1_000);
        assertThat(text).contains("log lines dropped: standard error was not read fast enough");
        long kept = text.lines().filter(line -> line.contains(long1000)).count();
        assertThat(text).contains("… " + (5_000 - kept) + " log lines dropped");
    }

    @Test
    void aMessageCannotForgeALine() {
        var out = new ByteArrayOutputStream();
        var appender = new LineAppender(out);
        logger(appender)
                .warn("one\r\n2026-01-01T00:00:00.000Z INFO  access forged\u001b[31m", new Exception("why\nnot"));
        appender.flush();
        List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
        assertThat(lines.get(0)).endsWith("WARN  access one");
        assertThat(lines.get(1)).isEqualTo("  2026-01-01T00:00:00.000Z INFO  access forged?[31m");
        assertThat(lines.subList(1, lines.size())).allMatch(line -> line.startsWith("  ") || line.startsWith("java."));
    }

    @Test
    void secretsAreMaskedInMessagesAndTraces() {
        var out = new ByteArrayOutputStream();
        var appender = new LineAppender(out);
        appender.redactor(new Redactor(List.of("my-admin-token-0123456789")));
        logger(appender)
                .error("got my-admin-token-0123456789", new Exception("sent Bearer sk-abcdefghijklmnopqrstuvwx"));
        appender.flush();
        assertThat(out.toString(StandardCharsets.UTF_8))
                .contains("got ***")
                .doesNotContain("admin-token", "abcdefghijklmnopqrstuvwx");
    }
}
