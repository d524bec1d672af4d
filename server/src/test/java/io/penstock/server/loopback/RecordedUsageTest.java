package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.ClientView;
import io.penstock.server.testkit.Counts;
import io.penstock.server.testkit.Finish;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.SharedLab;
import io.penstock.store.LedgerEntry;
import io.penstock.store.RequestLogEntry;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every shape of usage that real providers were seen to tell, through every face, plain and streamed: what the client is told
 * is what is billed, and both are what was recorded. On a face of the provider's own protocol its bytes pass as they are.
 */
class RecordedUsageTest extends SharedLab {
    private static final Path SHAPES = Path.of("core/src/test/resources/usage/shapes.jsonl");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Usage MARKER = new Usage(77_777, 0, 0, 0, 10, 0, false);

    private static RawClient client;

    @BeforeAll
    static void connect() {
        client = lab.client();
    }

    @AfterAll
    static void disconnect() {
        client.close();
    }

    /** One message of one line; {@code billed} is null where nothing was told that counts. */
    private record Message(int line, Protocol spoken, boolean streamed, List<JsonNode> told, Usage billed) {
        @Override
        public String toString() {
            return "line " + line + (streamed ? ", streamed " : ", plain ") + spoken;
        }

        String provider() {
            return switch (spoken) {
                case OPENAI -> "chatty";
                case ANTHROPIC -> "wordy";
                case RESPONSES -> "terse";
            };
        }
    }

    static Stream<Message> messages() throws IOException {
        List<Message> all = new ArrayList<>();
        int number = 0;
        Path file = Files.exists(SHAPES) ? SHAPES : Path.of("..").resolve(SHAPES);
        for (String text : Files.readAllLines(file)) {
            JsonNode line = JSON.readTree(text);
            Protocol spoken = switch (line.path("protocol").asText()) {
                case "chat" -> Protocol.OPENAI;
                case "anthropic" -> Protocol.ANTHROPIC;
                default -> Protocol.RESPONSES;
            };
            number++;
            List<List<JsonNode>> parts = parts(line);
            for (int i = 0; i < parts.size(); i++) {
                Usage billed = billed(line.path("billed").get(i));
                all.add(new Message(number, spoken, line.path("stream").asBoolean(), parts.get(i), billed));
                if (!line.path("stream").asBoolean()) {
                    all.add(new Message(number, spoken, true, parts.get(i), billed));
                }
            }
        }
        assertThat(number).isEqualTo(203);
        return all.stream();
    }

    private static List<List<JsonNode>> parts(JsonNode line) {
        List<List<JsonNode>> parts = new ArrayList<>();
        for (JsonNode told : line.path("told")) {
            if (parts.isEmpty() || told.path("at").get(0).asText().equals("message_start")) {
                parts.add(new ArrayList<>());
            }
            parts.get(parts.size() - 1).add(told);
        }
        return parts;
    }

    private static Usage billed(JsonNode n) {
        return n.isNull()
                ? null
                : new Usage(
                        n.get(0).asLong(),
                        n.get(1).asLong(),
                        n.get(2).asLong(),
                        n.get(3).asLong(),
                        n.get(4).asLong(),
                        n.get(5).asLong(),
                        false);
    }

    @ParameterizedTest
    @MethodSource("messages")
    void whatIsToldIsWhatIsBilledIsWhatWasRecorded(Message message) throws IOException {
        for (String path : Lab.FACES) {
            lab.provider().next(call -> call.send(answer(message)));
            String body = Lab.body(path, message.provider() + "/gpt-test", message.streamed);
            Reply reply = client.send(Lab.post(
                            path,
                            path.equals(Lab.CHAT) && message.streamed
                                    ? body.replace(
                                            "\"stream\":true",
                                            "\"stream\":true,\"stream_options\":{\"include_usage\":true}")
                                    : body))
                    .read();

            assertThat(reply.status()).as(path).isEqualTo(200);
            LedgerEntry end = lab.end(reply.id());
            RequestLogEntry row = lab.row(reply.id());
            Usage written = new Usage(
                    row.usage().input(),
                    row.usage().cacheRead(),
                    row.usage().cacheWrite(),
                    row.usage().cacheWrite1h(),
                    row.usage().output(),
                    row.usage().reasoning(),
                    false);
            assertThat(end.estimated()).as(path).isEqualTo(message.billed == null);
            if (message.billed != null) {
                assertThat(written).as(path).isEqualTo(message.billed);
                assertThat(end.amountNanos()).as(path).isEqualTo(Lab.cost(message.billed));
            }
            assertThat(row.costNanos()).as(path).isEqualTo(end.amountNanos());
            long theirs = theirs(message.told.get(message.told.size() - 1).path("usage"));
            assertThat(row.providerCostNanos()).as(path).isEqualTo(theirs);
            boolean differs =
                    theirs >= 0 && message.billed != null && Math.abs(theirs - end.amountNanos()) * 100 > theirs;
            assertThat(String.valueOf(row.note()).contains("cost differs from the provider's"))
                    .as(path)
                    .isEqualTo(differs);
            boolean own = path.startsWith("/api");
            if (own || ClientView.protocol(path) != message.spoken) {
                JsonNode told = lastUsage(reply.text(), message.streamed);
                assertThat(counts(ClientView.protocol(path), told)).as(path).isEqualTo(Counts.of(written));
                assertThat(told.has("cost")).as(path).isEqualTo(own);
                if (own) {
                    assertThat(new BigDecimal(told.path("cost").asText())
                                    .movePointRight(9)
                                    .longValueExact())
                            .as(path)
                            .isEqualTo(end.amountNanos());
                }
            } else {
                for (JsonNode told : message.told) {
                    assertThat(reply.text())
                            .as(path)
                            .contains(told.path("usage").toString());
                }
            }
        }
    }

    // ---- What the provider says

    /** What it says of the cost, in nano-USD; -1 if nothing. */
    private static long theirs(JsonNode usage) {
        JsonNode cost = usage.path("cost").isObject() ? usage.path("cost").path("total_cost") : usage.path("cost");
        BigDecimal usd = cost.isNumber() ? new BigDecimal(cost.asText()) : null;
        if (usd != null && usage.path("is_byok").asBoolean()) {
            usd = usd.add(new BigDecimal(
                    usage.path("cost_details").path("upstream_inference_cost").asText()));
        }
        if (usage.has("cost_in_usd_ticks")) {
            usd = new BigDecimal(usage.path("cost_in_usd_ticks").asText()).movePointLeft(10);
        }
        return usd == null
                ? -1
                : usd.movePointRight(9)
                        .setScale(0, java.math.RoundingMode.HALF_UP)
                        .longValueExact();
    }

    private static byte[] answer(Message message) {
        List<String> usages =
                message.told.stream().map(told -> told.path("usage").toString()).toList();
        String last = usages.get(usages.size() - 1);
        AnswerScript speech = AnswerScript.text("Hello").with(MARKER);
        if (!message.streamed) {
            String theirs = switch (message.spoken) {
                case OPENAI -> AnswerScript.chatUsage(MARKER);
                case ANTHROPIC -> AnswerScript.messagesUsage(MARKER, 10);
                case RESPONSES -> AnswerScript.responsesUsage(MARKER);
            };
            String said = speech.plain(message.spoken).replace(theirs, last);
            assertThat(said).doesNotContain("77777").contains(last);
            return Answer.json(200, said);
        }
        String said = switch (message.spoken) {
            case OPENAI -> chat(message);
            case ANTHROPIC -> messages(usages.get(0), usages.size() > 1 || !starts(message) ? last : null);
            case RESPONSES -> {
                String type = message.told.get(0).path("at").get(0).asText();
                boolean cut = type.equals("response.incomplete");
                yield String.join("", (cut ? speech.with(Finish.LENGTH) : speech).events(Protocol.RESPONSES))
                        .replace(AnswerScript.responsesUsage(MARKER), last);
            }
        };
        assertThat(said).doesNotContain("77777").contains(last);
        return Answer.stream(said.getBytes(StandardCharsets.UTF_8), 200);
    }

    private static boolean starts(Message message) {
        return message.told.get(0).path("at").get(0).asText().equals("message_start");
    }

    /** Groq's own place is beside the choices of the last chunk; everybody's is a chunk of its own, or that of the finish. */
    private static String chat(Message message) {
        StringBuilder out = new StringBuilder(AnswerScript.chatDelta("\"role\":\"assistant\",\"content\":\"\""));
        out.append(AnswerScript.chatDelta("\"content\":\"Hello\""));
        String inFinish = "";
        String behind = "";
        for (JsonNode told : message.told) {
            if (told.path("at").get(0).asText().equals("x_groq")) {
                inFinish = ",\"x_groq\":{\"id\":\"req_1\",\"usage\":" + told.path("usage") + "}";
            } else {
                behind += AnswerScript.chatUsage(told.path("usage").toString());
            }
        }
        return out.append(AnswerScript.chatFinish(Finish.STOP, inFinish))
                .append(behind)
                .append("data: [DONE]\n\n")
                .toString();
    }

    private static String messages(String first, String last) {
        return AnswerScript.messageStart(first)
                + AnswerScript.event(
                        "content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
                + AnswerScript.event(
                        "content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}")
                + AnswerScript.event("content_block_stop", "\"index\":0")
                + (last == null
                        ? AnswerScript.event(
                                "message_delta", "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null}")
                        : AnswerScript.messageDelta(Finish.STOP, last))
                + AnswerScript.event("message_stop", "");
    }

    // ---- What the client hears

    /** The usage object that a client sees last. */
    private static JsonNode lastUsage(String text, boolean streamed) throws IOException {
        JsonNode last = null;
        List<String> documents = new ArrayList<>();
        if (streamed) {
            text.lines().filter(line -> line.startsWith("data: {")).forEach(line -> documents.add(line.substring(6)));
        } else {
            documents.add(text);
        }
        for (String document : documents) {
            JsonNode event = JSON.readTree(document);
            for (JsonNode holder : List.of(event, event.path("response"))) {
                last = holder.path("usage").isObject() ? holder.path("usage") : last;
            }
        }
        assertThat(last).as("a usage in %s", text).isNotNull();
        return last;
    }

    private static Counts counts(Protocol protocol, JsonNode usage) {
        return switch (protocol) {
            case OPENAI -> whole(usage, "prompt", "completion");
            case RESPONSES -> whole(usage, "input", "output");
            case ANTHROPIC -> {
                long read = number(usage, "cache_read_input_tokens");
                long written = number(usage, "cache_creation_input_tokens");
                yield new Counts(
                        number(usage, "input_tokens") + read + written,
                        read,
                        written,
                        number(usage, "output_tokens"),
                        usage.path("output_tokens_details")
                                .path("thinking_tokens")
                                .asLong(0));
            }
        };
    }

    private static Counts whole(JsonNode usage, String in, String out) {
        long input = number(usage, in + "_tokens");
        long output = number(usage, out + "_tokens");
        assertThat(number(usage, "total_tokens")).isEqualTo(input + output);
        JsonNode details = usage.path(in + "_tokens_details");
        return new Counts(
                input,
                number(details, "cached_tokens"),
                details.path("cache_write_tokens").asLong(0),
                output,
                number(usage.path(out + "_tokens_details"), "reasoning_tokens"));
    }

    private static long number(JsonNode in, String name) {
        assertThat(in.path(name).isIntegralNumber()).as("%s of %s", name, in).isTrue();
        assertThat(in.path(name).longValue()).as("%s of %s", name, in).isNotNegative();
        return in.path(name).longValue();
    }
}
