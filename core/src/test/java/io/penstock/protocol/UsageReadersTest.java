package io.penstock.protocol;

import static io.penstock.protocol.Bodies.utf8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UsageReadersTest {
    private final UsageCounter counter = new UsageCounter(800_000);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // usage object                                        | input | read | 5 min | 1 h | output | reasoning
                // OpenAI and OpenRouter: prompt_tokens includes cached and written ones
                "{'prompt_tokens':812,'completion_tokens':41,'total_tokens':853} | 812 | 0 | 0 | 0 | 41 | 0",
                "{'prompt_tokens':812,'completion_tokens':41,'prompt_tokens_details':{'cached_tokens':640,'audio_tokens':0}} | 172 | 640 | 0 | 0 | 41 | 0",
                "{'prompt_tokens':812,'completion_tokens':41,'prompt_tokens_details':{'cached_tokens':0,'cache_write_tokens':700}} | 112 | 0 | 700 | 0 | 41 | 0",
                "{'prompt_tokens':812,'completion_tokens':41,'prompt_tokens_details':{'cached_tokens':600,'cache_write_tokens':200},'completion_tokens_details':{'reasoning_tokens':9}} | 12 | 600 | 200 | 0 | 41 | 9",
                "{'prompt_tokens':10,'completion_tokens':1,'prompt_tokens_details':{'cached_tokens':12}} | 10 | 12 | 0 | 0 | 1 | 0",
                "{'prompt_tokens':100,'completion_tokens':1,'prompt_tokens_details':{'cached_tokens':90,'cache_write_tokens':90}} | 0 | 90 | 10 | 0 | 1 | 0",
                "{'prompt_tokens':100,'completion_tokens':1,'prompt_tokens_details':{'cached_tokens':120,'cache_write_tokens':30}} | 70 | 120 | 30 | 0 | 1 | 0",
                "{'prompt_tokens':10,'completion_tokens':1,'prompt_tokens_details':null,'completion_tokens_details':null} | 10 | 0 | 0 | 0 | 1 | 0",
                // DeepSeek
                "{'prompt_tokens':100,'completion_tokens':5,'prompt_cache_hit_tokens':0,'prompt_cache_miss_tokens':100} | 100 | 0 | 0 | 0 | 5 | 0",
                "{'prompt_tokens':100,'completion_tokens':5,'prompt_cache_hit_tokens':64,'prompt_cache_miss_tokens':36,'prompt_tokens_details':{'cached_tokens':64}} | 36 | 64 | 0 | 0 | 5 | 0",
                "{'completion_tokens':5,'prompt_cache_hit_tokens':64,'prompt_cache_miss_tokens':36} | 36 | 64 | 0 | 0 | 5 | 0",
                // Mistral: sound beside the prompt, the total tells
                "{'prompt_tokens':64,'completion_tokens':6,'num_cached_tokens':32} | 32 | 32 | 0 | 0 | 6 | 0",
                "{'prompt_tokens':9,'completion_tokens':248,'total_tokens':632,'prompt_tokens_details':{'audio_tokens':375}} | 384 | 0 | 0 | 0 | 248 | 0",
                "{'prompt_tokens':384,'completion_tokens':248,'total_tokens':632,'prompt_tokens_details':{'audio_tokens':375}} | 384 | 0 | 0 | 0 | 248 | 0",
                // Moonshot
                "{'prompt_tokens':100,'completion_tokens':5,'cached_tokens':30} | 70 | 30 | 0 | 0 | 5 | 0",
                // xAI: reasoning beside the output, the total tells
                "{'prompt_tokens':37,'completion_tokens':2,'total_tokens':139,'completion_tokens_details':{'reasoning_tokens':100}} | 37 | 0 | 0 | 0 | 102 | 100",
                "{'prompt_tokens':37,'completion_tokens':102,'total_tokens':139,'completion_tokens_details':{'reasoning_tokens':100}} | 37 | 0 | 0 | 0 | 102 | 100",
            })
    void usageInOpenAiDialectsIsTakenApart(
            String usage, long input, long read, long write, long write1h, long output, long reasoning) {
        Usage expected = new Usage(input, read, write, write1h, output, reasoning, false);
        bothReadersTake(usage.replace('\'', '"'), OpenAiUsage.TABLE, expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'input_tokens':812,'output_tokens':41} | 812 | 0 | 0 | 0 | 41 | 0",
                "{'input_tokens':12,'cache_read_input_tokens':800,'cache_creation_input_tokens':0,'output_tokens':41} | 12 | 800 | 0 | 0 | 41 | 0",
                "{'input_tokens':12,'cache_creation_input_tokens':800,'output_tokens':41} | 12 | 0 | 800 | 0 | 41 | 0",
                "{'input_tokens':12,'cache_creation_input_tokens':800,'cache_creation':{'ephemeral_5m_input_tokens':800,'ephemeral_1h_input_tokens':0},'output_tokens':41} | 12 | 0 | 800 | 0 | 41 | 0",
                "{'input_tokens':12,'cache_creation_input_tokens':800,'cache_creation':{'ephemeral_5m_input_tokens':0,'ephemeral_1h_input_tokens':800},'output_tokens':41} | 12 | 0 | 0 | 800 | 41 | 0",
                "{'input_tokens':3,'cache_read_input_tokens':500,'cache_creation_input_tokens':300,'cache_creation':{'ephemeral_5m_input_tokens':100,'ephemeral_1h_input_tokens':200},'output_tokens':41,'output_tokens_details':{'thinking_tokens':30}} | 3 | 500 | 100 | 200 | 41 | 30",
                "{'input_tokens':3,'cache_creation':{'ephemeral_1h_input_tokens':200},'output_tokens':1,'service_tier':'standard','server_tool_use':{'web_search_requests':1}} | 3 | 0 | 0 | 200 | 1 | 0",
            })
    void usageOfAnthropicIsTakenAsItIs(
            String usage, long input, long read, long write, long write1h, long output, long thinking) {
        Usage expected = new Usage(input, read, write, write1h, output, thinking, false);
        bothReadersTake(usage.replace('\'', '"'), AnthropicUsage.TABLE, expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'input_tokens':812,'input_tokens_details':{'cached_tokens':0},'output_tokens':41,'output_tokens_details':{'reasoning_tokens':0},'total_tokens':853} | 812 | 0 | 0 | 0 | 41 | 0",
                "{'input_tokens':812,'input_tokens_details':{'cached_tokens':640,'cache_write_tokens':100},'output_tokens':41,'output_tokens_details':{'reasoning_tokens':30},'total_tokens':853} | 72 | 640 | 100 | 0 | 41 | 30",
                "{'input_tokens':10,'output_tokens':1} | 10 | 0 | 0 | 0 | 1 | 0",
                "{'input_tokens':10,'input_tokens_details':null,'output_tokens':1,'output_tokens_details':null,'cost':null} | 10 | 0 | 0 | 0 | 1 | 0",
                "{'input_tokens':37,'output_tokens':2,'total_tokens':139,'output_tokens_details':{'reasoning_tokens':100}} | 37 | 0 | 0 | 0 | 102 | 100",
            })
    void usageOfResponsesIsTakenApart(
            String usage, long input, long read, long write, long write1h, long output, long reasoning) {
        Usage expected = new Usage(input, read, write, write1h, output, reasoning, false);
        bothReadersTake(usage.replace('\'', '"'), ResponsesUsage.TABLE, expected);
    }

    private void bothReadersTake(String usage, UsageTable table, Usage expected) {
        byte[] bytes = padded(usage);
        assertThat(PlainUsage.read(table, bytes, 3, bytes.length - 2, counter)).isTrue();
        assertThat(counter.usage()).isEqualTo(expected);
        assertThat(counter.reported()).isTrue();
        counter.reset(800_000);
        assertThat(StrictUsage.read(table, bytes, 3, bytes.length - 2, counter)).isTrue();
        assertThat(counter.usage()).isEqualTo(expected);
        assertThat(counter.reported()).isTrue();
    }

    @Test
    void aStreamOfAnthropicAddsUp() {
        anthropic("{\"input_tokens\":9,\"cache_read_input_tokens\":100,\"output_tokens\":1}");
        anthropic("{\"output_tokens\":57}");
        assertThat(counter.usage()).isEqualTo(new Usage(9, 100, 0, 0, 57, 0, false));
    }

    @Test
    void aStartWithoutCountsIsCompletedByTheDelta() {
        anthropic("{\"input_tokens\":0,\"output_tokens\":0}");
        assertThat(counter.reported()).isFalse();
        anthropic("{\"input_tokens\":7,\"output_tokens\":3}");
        assertThat(counter.reported()).isTrue();
        assertThat(counter.usage()).isEqualTo(new Usage(7, 0, 0, 0, 3, 0, false));
    }

    @Test
    void theLastWordOnEachFieldCountsAndZerosBehindNumbersAreNone() {
        for (long[] counts : new long[][] {{0, 0}, {10, 1}, {10, 5}, {8, 3}, {0, 0}}) {
            openAi("{\"prompt_tokens\":" + counts[0] + ",\"completion_tokens\":" + counts[1] + "}");
        }
        assertThat(openAi("{}")).isTrue();
        assertThat(counter.usage()).isEqualTo(new Usage(8, 0, 0, 0, 3, 0, false));
    }

    @Test
    void anInputOfNothingButZerosSaysNothingOfTheInput() {
        anthropic("{\"input_tokens\":9,\"cache_read_input_tokens\":100,\"output_tokens\":1}");
        anthropic("{\"input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":57}");
        assertThat(counter.usage()).isEqualTo(new Usage(9, 100, 0, 0, 57, 0, false));
    }

    /** A compaction read the whole context from the cache; what the message itself used is what was told last. */
    @Test
    void aCorrectionTakesBackWhatItSaysIsZero() {
        anthropic(
                "{\"input_tokens\":100,\"cache_read_input_tokens\":55096,\"cache_creation_input_tokens\":40,"
                        + "\"cache_creation\":{\"ephemeral_5m_input_tokens\":10,\"ephemeral_1h_input_tokens\":30},\"output_tokens\":7}");
        anthropic(
                "{\"input_tokens\":181,\"cache_read_input_tokens\":0,\"cache_creation_input_tokens\":0,\"output_tokens\":8}");
        assertThat(counter.usage()).isEqualTo(new Usage(181, 0, 0, 0, 8, 0, false));
    }

    @Test
    void iterationsAreAddedUpWhateverStandsBesideThem() {
        anthropic(
                "{\"input_tokens\":181,\"output_tokens\":8,\"output_tokens_details\":{\"thinking_tokens\":5},\"iterations\":["
                        + "{\"type\":\"compaction\",\"input_tokens\":100,\"cache_read_input_tokens\":55096,\"output_tokens\":83},"
                        + "{\"type\":\"advisor_message\",\"model\":\"claude-opus-9\",\"input_tokens\":20,\"output_tokens\":3,"
                        + "\"cache_creation\":{\"ephemeral_1h_input_tokens\":4},\"iterations\":[{\"input_tokens\":7}]},7,null,[],"
                        + "{\"type\":\"message\",\"model\":null,\"input_tokens\":181,\"output_tokens\":8}]}");
        assertThat(counter.usage()).isEqualTo(new Usage(301, 55_096, 0, 4, 94, 5, false));
        assertThat(counter.iterations())
                .containsExactly(
                        new UsageCounter.Iteration(null, new Usage(100, 55_096, 0, 0, 83, 0, false)),
                        new UsageCounter.Iteration("claude-opus-9", new Usage(20, 0, 0, 4, 3, 0, false)),
                        new UsageCounter.Iteration(null, new Usage(181, 0, 0, 0, 8, 0, false)));
        assertThat(counter.reported()).isTrue();

        anthropic("{\"output_tokens\":8,\"iterations\":null}");
        assertThat(counter.usage().output()).isEqualTo(94);
        counter.reset(800_000);
        assertThat(counter.iterations()).isEmpty();
        anthropic("{\"input_tokens\":1,\"output_tokens\":8,\"iterations\":{\"input_tokens\":5}}");
        assertThat(counter.usage()).isEqualTo(new Usage(1, 0, 0, 0, 8, 0, false));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "800001", "1.5", "\"12\""})
    void aCountThatCannotBeSpoilsTheIterationsToo(String count) {
        anthropic("{\"input_tokens\":1,\"output_tokens\":8,\"iterations\":[{\"input_tokens\":" + count + "}]}");
        assertThat(counter.reported()).isFalse();
        assertThat(counter.usage().total()).isZero();
        assertThat(counter.iterations()).isEmpty();
    }

    @Test
    void moreIterationsThanAnAnswerCanTakeSpoilTheUsage() {
        String many = "{\"input_tokens\":1},".repeat(1_001);
        anthropic("{\"input_tokens\":1,\"output_tokens\":8,\"iterations\":[" + many.substring(0, many.length() - 1)
                + "]}");
        assertThat(counter.spoilt()).isTrue();
    }

    @Test
    void aLaterEventThatTellsOfTheCacheCountsNothingTwice() {
        openAi("{\"prompt_tokens\":100,\"completion_tokens\":1}");
        openAi("{\"prompt_tokens\":100,\"completion_tokens\":4,\"prompt_tokens_details\":{\"cached_tokens\":80}}");
        assertThat(counter.usage()).isEqualTo(new Usage(20, 80, 0, 0, 4, 0, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-1",
                "800001",
                "1.5",
                "1e3",
                "\"12\"",
                "true",
                "[1]",
                "{}",
                "9223372036854775808",
                "-99999999999999999999999"
            })
    void aCountThatCannotBeSpoilsTheUsage(String count) {
        openAi("{\"prompt_tokens\":10,\"completion_tokens\":5}");
        assertThat(counter.reported()).isTrue();
        openAi("{\"prompt_tokens\":10,\"completion_tokens\":" + count + "}");
        assertThat(counter.reported()).isFalse();
        assertThat(counter.spoilt()).isTrue();
        assertThat(counter.usage().total()).isZero();

        counter.reset(800_000);
        anthropic("{\"input_tokens\":10,\"output_tokens\":5,\"cache_creation\":{\"ephemeral_1h_input_tokens\":" + count
                + "}}");
        assertThat(counter.reported()).isFalse();

        counter.reset(800_000);
        assertThat(counter.spoilt()).isFalse();
        openAi("{\"prompt_tokens\":null,\"completion_tokens\":800000}");
        assertThat(counter.spoilt()).isFalse();
    }

    @Test
    void anObjectThatWasCutChangesNothing() {
        openAi("{\"prompt_tokens\":10,\"completion_tokens\":5}");
        for (String count : new String[] {"-1", "31"}) { // for Jackson, and for the quick reader
            String usage = "{\"prompt_tokens\":30,\"completion_tokens\":" + count + "}";
            for (int cut = 0; cut < usage.length(); cut++) {
                assertThat(openAi(usage.substring(0, cut))).isFalse();
                assertThat(anthropic(usage.substring(0, cut))).isFalse();
            }
            assertThat(openAi(usage + "x")).isFalse();
            assertThat(openAi("[" + usage + "]")).isFalse();
        }
        assertThat(openAi("7")).isFalse();
        assertThat(openAi("null")).isFalse();
        assertThat(counter.usage()).isEqualTo(new Usage(10, 0, 0, 0, 5, 0, false));
    }

    @Test
    void anInputOrAnOutputAloneIsNoReport() {
        openAi("{\"prompt_tokens\":10}");
        assertThat(counter.reported()).isFalse();
        openAi("{\"completion_tokens\":0}");
        assertThat(counter.reported()).isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'prompt_tokens':1,'completion_tokens':1,'cost':0.0076509169000000005} | 7650917",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':7.159e-05} | 71590",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':1.13E-5,'is_byok':false,'cost_details':{'upstream_inference_cost':null}} | 11300",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':0} | 0",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':5,'is_byok':false,'cost_details':{'upstream_inference_cost':9}} | 5000000000",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':0,'is_byok':true,'cost_details':{'upstream_inference_cost':0.0003253}} | 325300",
                "{'prompt_tokens':1,'completion_tokens':1,'cost_in_usd_ticks':6306000} | 630600",
                "{'prompt_tokens':1,'completion_tokens':1,'cost_in_usd_ticks':1641505} | 164151", // half up
                "{'prompt_tokens':1,'completion_tokens':1,'cost':{'input_tokens_cost':1e-05,'request_cost':0.005,'total_cost':0.00502}} | 5020000",
                "{'prompt_tokens':1,'completion_tokens':1} | -1",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':null} | -1",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':'0.5'} | -1",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':-0.5} | -1",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':true,'is_byok':7} | -1",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':[1,{'total_cost':4}]} | -1",
                "{'prompt_tokens':1,'completion_tokens':1,'cost':1000000000} | -1",
            })
    void whatTheProviderSaysThatItCostIsReadToTheNano(String usage, long nanos) {
        String json = usage.replace('\'', '"');
        openAi(json);
        assertThat(counter.toldCostNanos()).isEqualTo(nanos);
        assertThat(counter.usage()).isEqualTo(new Usage(1, 0, 0, 0, 1, 0, false));
        openAi("{\"prompt_tokens\":1,\"completion_tokens\":1}");
        assertThat(counter.toldCostNanos()).isEqualTo(nanos);
        counter.reset(800_000);
        assertThat(counter.toldCostNanos()).isEqualTo(-1);
    }

    @Test
    void theLimitIsChecked() {
        assertThatThrownBy(() -> counter.reset(0)).hasMessage("limit: 0 (expected: 1 to 1000000000000)");
    }

    private boolean openAi(String json) {
        byte[] bytes = padded(json);
        return OpenAiUsage.readUsage(bytes, 3, bytes.length - 2, counter);
    }

    private boolean anthropic(String json) {
        byte[] bytes = padded(json);
        return AnthropicUsage.readUsage(bytes, 3, bytes.length - 2, counter);
    }

    /** Within an array, with quotes around that must not be looked at. */
    private static byte[] padded(String json) {
        byte[] text = utf8(json);
        byte[] bytes = new byte[text.length + 5];
        Arrays.fill(bytes, (byte) '"');
        System.arraycopy(text, 0, bytes, 3, text.length);
        return bytes;
    }
}
