package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.AnthropicUsage;
import io.penstock.protocol.OpenAiUsage;
import io.penstock.protocol.ResponsesUsage;
import io.penstock.protocol.Usage;
import io.penstock.protocol.UsageCounter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Usage as we write it is what our own readers read, in every dialect and class of tokens (PITFALLS row 8). */
class UsageJsonTest {
    @ParameterizedTest
    @CsvSource({
        // input, read, written for 5 minutes, for 1 hour, output, reasoning
        "0, 0, 0, 0, 0, 0",
        "100, 0, 0, 0, 7, 0",
        "100, 60, 0, 0, 7, 3",
        "100, 0, 40, 0, 7, 0",
        "100, 0, 0, 50, 7, 7",
        "1, 60, 40, 50, 7, 3",
        "0, 799999, 0, 0, 1, 0"
    })
    void nothingIsCountedTwiceOrLost(long input, long read, long written, long hour, long output, long reasoning) {
        Usage usage = new Usage(input, read, written, hour, output, reasoning, false);
        // OpenAI's dialects know no lifetimes
        Usage merged = new Usage(input, read, written + hour, 0, output, reasoning, false);

        JsonOut out = new JsonOut();
        UsageCounter counter = new UsageCounter(1_000_000);
        UsageJson.chat(usage, out);
        assertThat(OpenAiUsage.readUsage(out.bytes(), 0, out.length(), counter)).isTrue();
        assertThat(counter.usage()).isEqualTo(merged);

        counter.reset(1_000_000);
        UsageJson.responses(usage, out.clear());
        assertThat(ResponsesUsage.readUsage(out.bytes(), 0, out.length(), counter))
                .isTrue();
        assertThat(counter.usage()).isEqualTo(merged);

        counter.reset(1_000_000);
        UsageJson.messages(usage, out.clear());
        assertThat(AnthropicUsage.readUsage(out.bytes(), 0, out.length(), counter))
                .isTrue();
        assertThat(counter.usage()).isEqualTo(usage);
    }
}
