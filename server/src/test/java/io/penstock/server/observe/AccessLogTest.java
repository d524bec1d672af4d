package io.penstock.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.error.GatewayError.UnknownPath;
import io.penstock.protocol.Usage;
import io.penstock.provider.Masks;
import io.penstock.server.testkit.Logged;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One line per exchange, whose fields nobody outside can forge. */
class AccessLogTest {
    private static final Pattern FIELD = Pattern.compile("(?:^| )([a-z_]+)=(\"[^\"]*\"|[^ \"=]+)");
    private static final String SECRET = "sk-lab-0123456789-abcdefghij";

    private final Logged log = Logged.of("penstock.access");

    @AfterEach
    void stop() {
        log.close();
    }

    private static RequestLogEntry entry(
            @Nullable String asked, @Nullable String model, Usage usage, @Nullable String note) {
        return new RequestLogEntry(
                "gen-1",
                7,
                "openai",
                asked,
                model,
                model == null ? null : "lab",
                true,
                model == null ? 404 : 200,
                model == null ? Outcome.FAILED : Outcome.COMPLETED,
                1,
                0,
                model == null ? -1 : 1_999,
                12_345_678,
                usage,
                1_500_000,
                null,
                null,
                null,
                null,
                note == null ? -1 : 2_000_000,
                note);
    }

    private String line() {
        assertThat(log.lines()).hasSize(1);
        return log.lines().get(0);
    }

    /** The fields of a line, which must be made of nothing else. */
    private static Map<String, String> fields(String line) {
        Map<String, String> fields = new LinkedHashMap<>();
        Matcher field = FIELD.matcher(line);
        int end = 0;
        while (field.find()) {
            assertThat(field.start()).as(line).isEqualTo(end);
            assertThat(fields.put(field.group(1), field.group(2))).as(line).isNull();
            end = field.end();
        }
        assertThat(end).as(line).isEqualTo(line.length());
        return fields;
    }

    @Test
    void anExchangeIsOneLine() {
        AccessLog.exchange(entry("tiny", "lab/tiny", new Usage(1, 2, 3, 4, 5, 0, false), null));
        assertThat(line())
                .isEqualTo("request_id=gen-1 face=openai key=7 model=lab/tiny provider=lab status=200 outcome=completed"
                        + " attempts=1 first_byte_ms=1 total_ms=12345 input=1 cache_read=2 cache_write=7 output=5"
                        + " cost_usd=0.0015");
    }

    @Test
    void whatIsNotThereIsADashAndUsageOfNothingIsLeftOut() {
        AccessLog.exchange(entry("nobody", null, Usage.NONE, null));
        AccessLog.exchange(entry(null, null, Usage.NONE, null));
        assertThat(log.lines().get(0))
                .isEqualTo("request_id=gen-1 face=openai key=7 model=nobody provider=- status=404 outcome=failed"
                        + " attempts=1 first_byte_ms=-1 total_ms=12345 cost_usd=0.0015");
        assertThat(log.lines().get(1)).contains(" model=- provider=- ");
    }

    @Test
    void anEstimateAndANoteOfTheBillAreTold() {
        AccessLog.exchange(entry("tiny", "lab/tiny", new Usage(1, 0, 0, 0, 5, 0, true), "billed otherwise"));
        assertThat(line())
                .endsWith(" output=5 estimated=true cost_usd=0.0015 provider_cost_usd=0.002 note=\"billed otherwise\"");
    }

    /** Names of models and paths are the client's own words. */
    @Test
    void whateverTheClientSaysTheFieldsAreOurs() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String[] parts = {
            "a",
            "\"",
            " ",
            "=",
            "\\",
            "\n",
            "\r",
            "\u2028",
            "\u202e",
            "\0",
            "é",
            "👋",
            "\ud800",
            " status=200",
            "\\u000a",
            "x".repeat(150)
        };
        ClientFacts client = new ClientFacts(null, null, Masks.of(List.of(SECRET)));
        for (int round = 0; round < 2_000; round++) {
            StringBuilder words = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                words.append(parts[random.nextInt(parts.length)]);
            }
            AccessLog.exchange(entry(words.toString(), null, Usage.NONE, words.toString()));
            AccessLog.refused(
                    "gen-2", "openai", 404, new UnknownPath("/openai/v1"), words + SECRET, 3_999_999, null, client);
        }
        assertThat(log.lines()).hasSize(4_000);
        for (String line : log.lines()) {
            assertThat(line.chars().noneMatch(c -> c < ' ' || c == 0x2028 || c == 0x202e))
                    .as("seed %d: %s", seed, line)
                    .isTrue();
            assertThat(line).doesNotContain(SECRET);
            boolean refused = line.startsWith("request_id=gen-2 ");
            assertThat(fields(line))
                    .as("seed %d", seed)
                    .containsEntry("status", "404")
                    .containsEntry("key", refused ? "-" : "7")
                    .containsEntry("outcome", refused ? "refused" : "failed")
                    .containsKey(refused ? "path" : "note");
        }
    }

    @Test
    void aRefusalSaysWhyAndHowLongItTook() {
        AccessLog.refused(
                "gen-2",
                "anthropic",
                404,
                new UnknownPath("/anthropic"),
                null,
                3_999_999,
                null,
                new ClientFacts(null, null, Masks.NONE));
        assertThat(line())
                .startsWith("request_id=gen-2 face=anthropic key=- status=404 outcome=refused total_ms=3 error=\"")
                .doesNotContain(" path=");
    }
}
