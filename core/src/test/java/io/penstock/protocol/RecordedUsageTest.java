package io.penstock.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.translate.Json;
import io.penstock.protocol.translate.Json.Tree;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every shape of usage that real providers were seen to tell ({@code usage/shapes.jsonl}, with what each must be billed as):
 * the readers against those numbers, and the numbers against the rules written down once more, in the plainest words.
 */
class RecordedUsageTest {
    /** One message of one line: what was told of it, in order, and what it is billed as; null if nothing was told. */
    private record Message(
            int line,
            String protocol,
            String who,
            List<Tree> told,
            @Nullable Usage billed) {
        @Override
        public String toString() {
            return line + " " + who;
        }
    }

    static Stream<Message> messages() throws IOException {
        List<Message> all = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(RecordedUsageTest.class.getResourceAsStream("/usage/shapes.jsonl")),
                StandardCharsets.UTF_8))) {
            int number = 0;
            for (String text = lines.readLine(); text != null; text = lines.readLine()) {
                Tree line = Json.parse(text);
                List<List<Tree>> parts = parts(line);
                assertThat(line.get("billed").list()).as("line %d", ++number).hasSize(parts.size());
                for (int i = 0; i < parts.size(); i++) {
                    Tree n = line.get("billed").list().get(i);
                    all.add(new Message(
                            number,
                            line.get("protocol").text(),
                            line.get("vendor").text() + " " + line.get("model").text(),
                            parts.get(i),
                            n.isNull() ? null : usage(n)));
                }
            }
            assertThat(number).isEqualTo(203);
        }
        return all.stream();
    }

    private static Usage usage(Tree n) {
        long[] counts = n.list().stream().mapToLong(RecordedUsageTest::count).toArray();
        return new Usage(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], false);
    }

    /** A recorded stream may hold several messages, one behind the other; each is an answer of its own. */
    private static List<List<Tree>> parts(Tree line) {
        List<List<Tree>> parts = new ArrayList<>();
        for (Tree told : line.get("told").list()) {
            if (parts.isEmpty() || told.get("at").list().get(0).text().equals("message_start")) {
                parts.add(new ArrayList<>());
            }
            parts.get(parts.size() - 1).add(told.get("usage"));
        }
        return parts;
    }

    @ParameterizedTest
    @MethodSource("messages")
    void whatWasRecordedIsCountedAsItIsBilled(Message message) {
        UsageCounter counter = new UsageCounter(1_000_000);
        for (Tree usage : message.told) {
            read(message.protocol, usage, counter);
        }
        assertThat(counter.spoilt()).isFalse();
        assertThat(counter.reported()).isEqualTo(message.billed != null);
        if (message.billed != null) {
            assertThat(counter.usage()).isEqualTo(message.billed);
        }
    }

    @ParameterizedTest
    @MethodSource("messages")
    void whatItIsBilledAsFollowsFromTheRules(Message message) {
        Usage ruled = message.protocol.equals("anthropic")
                ? anthropic(message.told)
                : openAi(
                        message.told,
                        message.protocol.equals("chat") ? "prompt" : "input",
                        message.protocol.equals("chat") ? "completion" : "output");
        assertThat(ruled.total() == 0 ? null : ruled).isEqualTo(message.billed);
    }

    @Test
    void whatIsSentAgainChangesNothing() throws IOException {
        messages().forEach(message -> {
            UsageCounter counter = new UsageCounter(1_000_000);
            for (int i = 0; i < 2; i++) {
                message.told.forEach(usage -> read(message.protocol, usage, counter));
            }
            if (message.billed != null) {
                assertThat(counter.usage()).as(message.toString()).isEqualTo(message.billed);
            }
        });
    }

    private static void read(String protocol, Tree usage, UsageCounter counter) {
        byte[] json = usage.toString().getBytes(StandardCharsets.UTF_8);
        assertThat(
                        switch (protocol) {
                            case "anthropic" -> AnthropicUsage.readUsage(json, 0, json.length, counter);
                            case "chat" -> OpenAiUsage.readUsage(json, 0, json.length, counter);
                            default -> ResponsesUsage.readUsage(json, 0, json.length, counter);
                        })
                .isTrue();
    }

    // ---- The rules, once more

    /** The last word on each field; where there are iterations, their sum. */
    private static Usage anthropic(List<Tree> told) {
        Tree iterations = last(told, "iterations");
        long[] sum = new long[5];
        if (iterations.list().isEmpty()) {
            add(
                    sum,
                    last(told, "input_tokens"),
                    last(told, "cache_read_input_tokens"),
                    last(told, "cache_creation_input_tokens"),
                    hour(told),
                    last(told, "output_tokens"));
        }
        for (Tree one : iterations.list()) {
            add(
                    sum,
                    one.get("input_tokens"),
                    one.get("cache_read_input_tokens"),
                    one.get("cache_creation_input_tokens"),
                    one.get("cache_creation").get("ephemeral_1h_input_tokens"),
                    one.get("output_tokens"));
        }
        long thought = count(last(told, "output_tokens_details").get("thinking_tokens"));
        return new Usage(sum[0], sum[1], sum[2] - sum[3], sum[3], sum[4], thought, false);
    }

    private static void add(long[] sum, Tree... counts) {
        for (int i = 0; i < counts.length; i++) {
            sum[i] += count(counts[i]);
        }
    }

    private static Tree hour(List<Tree> told) {
        return last(told, "cache_creation").get("ephemeral_1h_input_tokens");
    }

    private static Tree last(List<Tree> told, String field) {
        Tree value = new Tree(null);
        for (Tree usage : told) {
            value = usage.get(field).isNull() ? value : usage.get(field);
        }
        return value;
    }

    private static long count(Tree number) {
        return number.isNull() ? 0 : number.number();
    }

    /** The last object alone. What came from the cache and went into it is a part of the prompt, if it fits there. */
    private static Usage openAi(List<Tree> told, String in, String out) {
        Tree usage = told.get(told.size() - 1);
        long total = count(usage.get("total_tokens"));
        long prompt = count(usage.get(in + "_tokens"));
        long output = count(usage.get(out + "_tokens"));
        Tree details = usage.get(in + "_tokens_details");
        long read = Math.max(
                count(details.get("cached_tokens")),
                Math.max(
                        Math.max(count(usage.get("cached_tokens")), count(usage.get("num_cached_tokens"))),
                        count(usage.get("prompt_cache_hit_tokens"))));
        long written = count(details.get("cache_write_tokens"));
        long thought = count(usage.get(out + "_tokens_details").get("reasoning_tokens"));
        long heard = count(details.get("audio_tokens"));
        if (total == prompt + output + thought) {
            output += thought; // the total says that it stands outside
        } else if (total == prompt + output + heard) {
            prompt += heard;
        }
        long inPrompt = read > prompt ? 0 : read;
        long fresh = prompt - inPrompt - written;
        return new Usage(fresh, read, written, 0, output, Math.min(thought, output), false);
    }
}
