package io.penstock.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.ResponseHead.Coding;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Heads of answers made at random from lines whose meaning is known, cut anywhere; and heads that are none. */
class ResponseHeadTest extends MadeAtRandom {
    private static final int ROUNDS = 2_000;

    private final ResponseHead head = new ResponseHead();

    /** In any case, with any space that may stand around a value. */
    private String line(String name, String value) {
        StringBuilder any = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            any.append(random.nextBoolean() ? Character.toUpperCase(c) : c);
        }
        return any + ":" + any("", " ", "\t ") + value + any("", " ", " \t") + "\r\n";
    }

    private static String value(ByteBuf in, int from, int to) {
        return in.toString(from, to - from, StandardCharsets.ISO_8859_1);
    }

    @Test
    void everyCutOfAHeadIsReadAsItWasMade() {
        for (int round = 0; round < ROUNDS; round++) {
            int status = Integer.parseInt(any("200", "201", "204", "304", "400", "429", "503"));
            boolean http10 = random.nextInt(4) == 0;
            String framed = any("length", "chunks", "close");
            framed = http10 && framed.equals("chunks") ? "close" : framed;
            String connection = any("", "close", "keep-alive", "x, Close", "keep-alive, x");
            String type = any("", "application/json", "text/event-stream", "Text/Event-Stream; charset=utf-8");
            String retry = any("", "1", "Wed, 21 Oct 2026 07:28:00 GMT");
            String date = any("", "Wed, 21 Oct 2026 07:27:00 GMT");
            String coding = any("", "identity", "gzip", "x-gzip", "deflate", "br", "BR");
            List<String> lines = new ArrayList<>();
            lines.add(line("X-Request-Id", "close"));
            lines.add(line("X-Padding", "p".repeat(random.nextInt(50))));
            add(lines, "content-length", framed.equals("length") ? "17" : "");
            add(lines, "transfer-encoding", framed.equals("chunks") ? any("chunked", "Chunked") : "");
            add(lines, "connection", connection);
            add(lines, "content-type", type);
            add(lines, "retry-after", retry);
            add(lines, "date", date);
            add(lines, "content-encoding", coding);
            Collections.shuffle(lines, random);
            String text = "HTTP/1." + (http10 ? 0 : 1) + " " + status + any("", " ", " OK", " Not: here") + "\r\n"
                    + String.join("", lines) + "\r\n";
            ByteBuf in = bytes(text + any("", "x", "\r\n\r\n", "HTTP/1.1 500\r\n"));
            head.reset();
            cut(in, text.length(), head::parse);

            assertThat(head.problem()).as(text).isNull();
            assertThat(head.end()).isEqualTo(text.length());
            assertThat(head.status()).isEqualTo(status);
            assertThat(value(in, head.typeStart(), head.typeEnd())).isEqualTo(type);
            assertThat(head.eventStream()).as(text).isEqualTo(type.startsWith("text/e") || type.startsWith("Text/E"));
            assertThat(value(in, head.retryAfterStart(), head.retryAfterEnd())).isEqualTo(retry);
            assertThat(value(in, head.dateStart(), head.dateEnd())).isEqualTo(date);
            assertThat(head.coding()).isEqualTo(coding(coding));
            boolean close = connection.contains("lose");
            assertThat(head.persistent()).as(text).isEqualTo(http10 ? connection.startsWith("keep") : !close);
            BodyFraming framing = new BodyFraming();
            boolean body = head.frame(framing);
            assertThat(body).as(text).isEqualTo(status != 204 && status != 304);
            assertThat(framing.untilClose()).isEqualTo(body && framed.equals("close"));
            in.release();
        }
    }

    private void add(List<String> lines, String name, String value) {
        if (!value.isEmpty()) {
            lines.add(line(name, value));
        }
    }

    private static Coding coding(String name) {
        return switch (name) {
            case "gzip", "x-gzip" -> Coding.GZIP;
            case "deflate" -> Coding.DEFLATE;
            case "br", "BR" -> Coding.BROTLI;
            default -> Coding.NONE;
        };
    }

    @Test
    void anAnswerBeforeTheAnswerHasNoBody() {
        assertThat(problem("HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n"))
                .isNull();
        BodyFraming framing = new BodyFraming();
        assertThat(head.frame(framing)).isFalse();
        assertThat(framing.done()).isTrue();
        assertThat(problem("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")).isNull();
        assertThat(head.frame(framing)).isFalse();
    }

    @Test
    void aReusedReaderKnowsNothingOfTheLastHead() {
        String all = """
                HTTP/1.0 429 Slow
                Content-Length: 5
                Content-Type: text/event-stream
                Retry-After: 5
                Date: x
                Content-Encoding: gzip
                Connection: keep-alive

                """;
        assertThat(problem(all.replace("\n", "\r\n"))).isNull();
        assertThat(head.persistent()).isTrue();
        assertThat(problem("HTTP/2 429\r\n\r\n")).isNotNull();
        assertThat(problem("HTTP/1.0 200 OK\r\n\r\n")).isNull();
        assertThat(head.persistent()).isFalse();
        assertThat(head.eventStream()).isFalse();
        assertThat(head.coding()).isEqualTo(Coding.NONE);
        assertThat(head.typeStart()).isEqualTo(head.typeEnd());
        assertThat(head.dateStart()).isEqualTo(head.dateEnd());
        assertThat(head.retryAfterStart()).isEqualTo(head.retryAfterEnd());
        BodyFraming framing = new BodyFraming();
        assertThat(head.frame(framing)).isTrue();
        assertThat(framing.untilClose()).isTrue();
    }

    private @Nullable String problem(String text) {
        head.reset();
        ByteBuf in = bytes(text);
        assertThat(head.parse(in)).as("complete, or known to be bad: " + text).isTrue();
        in.release();
        return head.problem();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = false,
            value = {
                "HTTP/2 200 OK~~|a status line that is not HTTP/1.x",
                "HTTP/1.1 20~~|a status line that is not HTTP/1.x",
                "HTTP/1.1 2000 OK~~|a status line that is not HTTP/1.x",
                "HTTP/1.1<TAB>200 OK~~|a status line that is not HTTP/1.x",
                "http/1.1 200 OK~~|a status line that is not HTTP/1.x",
                "HTTP/1.1 200OK~~|a status line that is not HTTP/1.x",
                "HTTP/1.1 2x0 OK~~|a status that is not a number of three digits",
                "HTTP/1.1 099 OK~~|a status that is not a number of three digits",
                "HTTP/1.1 -10 OK~~|a status that is not a number of three digits",
                "HTTP/1.1 200 OK<LF>|a head line that ends with LF alone",
                "<LF>HTTP/1.1 200 OK~~|a head line that ends with LF alone",
                "HTTP/1.1 200 OK~X: y<LF>~|a head line that ends with LF alone",
                "HTTP/1.1 200 OK~no colon~~|a malformed header",
                "HTTP/1.1 200 OK~: no name~~|a malformed header",
                "HTTP/1.1 200 OK~no colon~X: y~~|a malformed header",
                "HTTP/1.1 200 OK~X: a<CR>b~~|a malformed header",
                "HTTP/1.1 200 OK~X: a~ folded: b~~|a folded header line",
                "HTTP/1.1 200 OK~<TAB>X: a~~|a folded header line",
                "HTTP/1.1 200 OK~Content-Length: -1~~|a Content-Length that is repeated or not a number",
                "HTTP/1.1 200 OK~Content-Length: 1x~~|a Content-Length that is repeated or not a number",
                "HTTP/1.1 200 OK~Content-Length: ~~|a Content-Length that is repeated or not a number",
                "HTTP/1.1 200 OK~Content-Length: 1, 1~~|a Content-Length that is repeated or not a number",
                "HTTP/1.1 200 OK~Content-Length: 1~content-length: 1~~|a Content-Length that is repeated or not a number",
                "HTTP/1.1 200 OK~Content-Length: 99999999999999999999~~|a Content-Length that is repeated or not a number",
                "HTTP/1.1 200 OK~Transfer-Encoding: gzip, chunked~~|a transfer coding other than chunked, or in HTTP/1.0",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~Transfer-Encoding: chunked~~|a transfer coding other than chunked, or in HTTP/1.0",
                "HTTP/1.0 200 OK~Transfer-Encoding: chunked~~|a transfer coding other than chunked, or in HTTP/1.0",
                "HTTP/1.1 200 OK~Transfer-Encoding: chunked~Content-Length: 1~~|Transfer-Encoding beside Content-Length",
                "HTTP/1.1 200 OK~Content-Length: 1~Transfer-Encoding: chunked~~|Transfer-Encoding beside Content-Length",
                "HTTP/1.1 200 OK~Content-Encoding: zstd~~|a content encoding that was not asked for (none of gzip, deflate and br)",
                "HTTP/1.1 200 OK~Content-Encoding: gzip, br~~|a content encoding that was not asked for (none of gzip, deflate and br)",
                "HTTP/1.1 200 OK~Content-Encoding: gzip~Content-Encoding: gzip~~|a content encoding that was not asked for (none of gzip, deflate and br)"
            })
    void whatIsMalformedIsTold(String text, String problem) {
        assertThat(problem(text.replace("~", "\r\n")
                        .replace("<LF>", "\n")
                        .replace("<TAB>", "\t")
                        .replace("<CR>", "\r")))
                .isEqualTo(problem);
    }

    @ParameterizedTest
    @CsvSource({"0, true", "1, false"})
    void aHeadHasABound(int more, boolean good) {
        String begin = "HTTP/1.1 200 OK\r\nX: ";
        int room = ResponseHead.HEAD_BYTES_MAX - begin.length() - 4;
        String whole = begin + "x".repeat(room + more) + "\r\n\r\n";
        assertThat(problem(whole))
                .isEqualTo(good ? null : "a head of more than " + ResponseHead.HEAD_BYTES_MAX + " bytes");
        head.reset();
        ByteBuf endless = bytes(begin + "x".repeat(ResponseHead.HEAD_BYTES_MAX - begin.length() + more));
        assertThat(head.parse(endless)).as("bad before its end has come").isEqualTo(!good);
        endless.release();
    }
}
