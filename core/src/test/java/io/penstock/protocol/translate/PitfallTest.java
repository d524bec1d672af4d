package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What other gateways got wrong (PITFALLS); each method names its row. */
class PitfallTest {
    private static final Usage USAGE = new Usage(12, 0, 0, 0, 3, 0, false);

    /** Row 11. */
    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.AnswerPropertyTest#pairs")
    void pitfall11_noArgumentsAreAnEmptyObjectInEveryDialect(Protocol client, Protocol provider) {
        List<String> expected = new ArrayList<>(List.of("call c1 now {}", "call c2 now {}"));
        if (client == Protocol.OPENAI) {
            expected.addAll(0, List.of("text ", "thinking "));
        }
        for (String none : provider == Protocol.ANTHROPIC
                ? new String[] {"{}", "null", "\"\""}
                : new String[] {"\"\"", "null", "\"{}\""}) {
            String first;
            String whole;
            List<String> events;
            switch (provider) {
                case OPENAI -> {
                    first = "{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"now\",\"arguments\":" + none + "}}";
                    String second = "{\"index\":1,\"id\":\"c2\",\"function\":{\"name\":\"now\"}}";
                    events = List.of(
                            "{\"choices\":[{\"delta\":{\"tool_calls\":[" + first + "]}}]}",
                            "{\"choices\":[{\"delta\":{\"tool_calls\":[" + second
                                    + "]},\"finish_reason\":\"tool_calls\"}]}");
                    whole = "{\"choices\":[{\"message\":{\"tool_calls\":[" + first + "," + second
                            + "]},\"finish_reason\":\"tool_calls\"}]}";
                }
                case ANTHROPIC -> {
                    first = "{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"now\",\"input\":" + none + "}";
                    String second = "{\"type\":\"tool_use\",\"id\":\"c2\",\"name\":\"now\"}";
                    events = List.of(
                            "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":" + first + "}",
                            "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"input_json_delta\",\"partial_json\":\"\"}}",
                            "{\"type\":\"content_block_stop\",\"index\":0}",
                            "{\"type\":\"content_block_start\",\"index\":1,\"content_block\":" + second + "}",
                            "{\"type\":\"content_block_stop\",\"index\":1}",
                            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}");
                    whole = "{\"content\":[" + first + "," + second + "],\"stop_reason\":\"tool_use\"}";
                }
                default -> {
                    first = "{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"now\",\"arguments\":" + none
                            + "}";
                    String second = "{\"type\":\"function_call\",\"call_id\":\"c2\",\"name\":\"now\"}";
                    events = List.of(
                            "{\"type\":\"response.output_item.added\",\"output_index\":0,\"item\":" + first + "}",
                            "{\"type\":\"response.function_call_arguments.done\",\"output_index\":0,\"arguments\":"
                                    + none + "}",
                            "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":" + first + "}",
                            "{\"type\":\"response.output_item.done\",\"output_index\":1,\"item\":" + second + "}",
                            "{\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}");
                    whole = "{\"status\":\"completed\",\"output\":[" + first + "," + second + "]}";
                }
            }
            assertThat(ClientView.stream(client, stream(client, provider, events))
                            .lines())
                    .as("%s", events)
                    .isEqualTo(expected);
            Translation translation = translation(client, provider);
            JsonOut out = new JsonOut();
            byte[] answer = utf8(whole);
            assertThat(translation.whole(answer, 0, answer.length, USAGE, out)).isTrue();
            assertThat(ClientView.whole(client, text(out)).lines()).as(whole).isEqualTo(expected);
        }
    }

    /** Row 10: some servers give neither ids nor indexes, others a new id with every fragment. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                // two calls, the second in two fragments
                "[{'function':{'name':'f','arguments':'{}'}}] [{'function':{'name':'g','arguments':'{'}}] [{'function':{'arguments':'}'}}]",
                "[{'function':{'name':'f','arguments':'{}'}},{'function':{'name':'g','arguments':'{'}}] [{'function':{'arguments':'}'}}]",
                "[{'index':0,'function':{'name':'f','arguments':'{}'}},{'index':1,'function':{'name':'g'}}] [{'index':1,'function':{'arguments':{}}}]",
                "[{'index':0,'function':{'arguments':'{'}}] [{'index':0,'function':{'name':'f','arguments':'}'}},{'index':1,'function':{'name':'g'}}]",
                "[{'index':0,'id':'x','function':{'name':'f','arguments':'{'}}] [{'index':0,'id':'y','function':{'arguments':'}'}},{'index':1,'id':'z','function':{'name':'g'}}]",
                "[{'index':0,'id':'x','function':{'name':'f','arguments':'{}'}}] [{'index':0,'id':'y','function':{'name':'g','arguments':'{}'}}]",
                "[{'index':0,'id':'x','function':{'name':'f','arguments':'{'}}] [{'index':0,'id':'x','function':{'name':'f','arguments':'}'}},{'index':1,'id':'z','function':{'name':'g'}}]",
            })
    void pitfall10_callsAreToldApartHoweverLittleIsSaidOfThem(String deltas) {
        List<String> events = new ArrayList<>();
        for (String delta : deltas.replace('\'', '"').split(" ", -1)) {
            events.add("{\"choices\":[{\"delta\":{\"tool_calls\":" + delta + "}}]}");
        }
        for (Protocol client : new Protocol[] {Protocol.ANTHROPIC, Protocol.RESPONSES}) {
            List<String> calls = ClientView.stream(client, stream(client, Protocol.OPENAI, events))
                    .lines();
            assertThat(calls.stream().map(call -> call.replaceFirst("call \\S+ ", "")))
                    .containsExactly("f {}", "g {}");
            assertThat(calls.stream().map(call -> call.split(" ", 3)[1]).distinct())
                    .as("ids of their own")
                    .hasSize(2)
                    .doesNotContain("");
        }
    }

    /** Row 10: never repaired on its way to the client. */
    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.AnswerPropertyTest#pairs")
    void pitfall10_argumentsThatAreNoJsonStayAsTheModelWroteThem(Protocol client, Protocol provider) {
        String written = "\"{\\\"a\\\": [1, \\\\\\\"x\"";
        List<String> events = switch (provider) {
            case OPENAI ->
                List.of(
                        "{\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"function\":{\"name\":\"f\",\"arguments\":"
                                + written + "}}]},\"finish_reason\":\"tool_calls\"}]}");
            case ANTHROPIC ->
                List.of(
                        "{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"tool_use\",\"id\":\"c\",\"name\":\"f\",\"input\":{}}}",
                        "{\"type\":\"content_block_delta\",\"delta\":{\"partial_json\":" + written + "}}",
                        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"tool_use\"}}");
            case RESPONSES ->
                List.of(
                        "{\"type\":\"response.output_item.done\",\"output_index\":0,\"item\":{\"type\":\"function_call\",\"call_id\":\"c\",\"name\":\"f\",\"arguments\":"
                                + written + "}}");
        };
        assertThat(ClientView.stream(client, stream(client, provider, events)).lines())
                .contains("call c f as written: " + Json.parse(written).text());
    }

    /** Row 17, as far as it concerns translation: a character may be cut between its two halves. */
    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.AnswerPropertyTest#pairs")
    void pitfall17_aCharacterMayBeCutBetweenTwoFragments(Protocol client, Protocol provider) {
        String text = "水車 😀 👩‍🚀 é";
        for (int size = 1; size < 4; size++) {
            List<String> events = new ArrayList<>();
            for (int at = 0; at < text.length(); at += size) {
                String piece = Json.quoted(text.substring(at, Math.min(text.length(), at + size)));
                events.add(
                        switch (provider) {
                            case OPENAI -> "{\"choices\":[{\"delta\":{\"content\":" + piece + "}}]}";
                            case ANTHROPIC ->
                                "{\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":" + piece
                                        + "}}";
                            case RESPONSES ->
                                "{\"type\":\"response.output_text.delta\",\"output_index\":0,\"delta\":" + piece + "}";
                        });
            }
            if (provider == Protocol.ANTHROPIC) {
                events.add(0, "{\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}");
            }
            assertThat(ClientView.stream(client, stream(client, provider, events))
                            .lines())
                    .contains("text " + text);
        }
    }

    /** Row 16: at most four, the first and the last three; nowhere else any. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
    void pitfall16_marksAreTrimmedToFourAndOnlyForThoseWhoKnowThem(int count) {
        String mark = ",\"cache_control\":{\"type\":\"ephemeral\"}";
        String[] on = new String[9];
        for (int i = 0; i < on.length; i++) {
            on[i] = i < count ? mark : "";
        }
        String body =
                "{\"model\":\"m\",\"max_tokens\":9,\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f0\"}"
                        + on[0]
                        + "},{\"type\":\"function\",\"function\":{\"name\":\"f1\"}" + on[1]
                        + "}],\"messages\":[{\"role\":\"system\",\"content\":[{\"type\":\"text\",\"text\":\"x2\""
                        + on[2]
                        + "}]},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x3\"" + on[3]
                        + "},{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://x4\"}" + on[4]
                        + "}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"x5\"" + on[5]
                        + "}],\"tool_calls\":[{\"id\":\"x6\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}" + on[6]
                        + "}]},{\"role\":\"tool\",\"tool_call_id\":\"x7\",\"content\":[{\"type\":\"text\",\"text\":\"r\""
                        + on[7]
                        + "}]},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"x8\"" + on[8] + "}]}]}";
        JsonOut out = new JsonOut();
        byte[] bytes = utf8(body);
        Losses losses = translation(Protocol.OPENAI, Protocol.ANTHROPIC)
                .request(bytes, 0, bytes.length, ThinkingRecall.NOTHING, out);
        List<Boolean> kept = new ArrayList<>();
        Json.Tree request = Json.parse(text(out));
        request.get("tools").list().forEach(tool -> kept.add(tool.has("cache_control")));
        request.get("system").list().forEach(block -> kept.add(block.has("cache_control")));
        for (Json.Tree message : request.get("messages").list()) {
            message.get("content").list().forEach(block -> kept.add(block.has("cache_control")));
        }
        List<Boolean> expected = new ArrayList<>();
        for (int i = 0; i < on.length; i++) {
            expected.add(i < count && (count <= 4 || i == 0 || i >= count - 3));
        }
        assertThat(kept).isEqualTo(expected);
        assertThat(losses.kinds().contains(Loss.CACHE_CONTROL_BEYOND_FOUR)).isEqualTo(count > 4);

        losses = translation(Protocol.OPENAI, Protocol.RESPONSES)
                .request(bytes, 0, bytes.length, ThinkingRecall.NOTHING, out.clear());
        assertThat(text(out)).doesNotContain("cache_control");
        assertThat(losses.kinds().contains(Loss.CACHE_CONTROL)).isEqualTo(count > 0);
    }

    @ParameterizedTest
    @MethodSource("io.penstock.protocol.translate.AnswerPropertyTest#pairs")
    void anEventOfUnknownTypeSaysNothing(Protocol client, Protocol provider) {
        Translation translation = translation(client, provider);
        JsonOut out = new JsonOut();
        for (String event : List.of(
                "{\"type\":\"new\",\"delta\":{\"text\":\"x\"},\"item\":{\"type\":\"message\"}}",
                "{\"type\":\"ping\"}", // the relay passes it on
                "{\"type\":7}",
                "{\"type\":null,\"choices\":[]}",
                "{}",
                "[]",
                "\"message_start\"",
                "null")) {
            byte[] bytes = utf8(event);
            assertThat(translation.event(bytes, 0, bytes.length, out)).as(event).isTrue();
            assertThat(text(out)).as(event).isEmpty();
        }
        for (String cut : List.of("", "{", "{\"type\":\"message_start\"", "{} {}", "[DONE]")) {
            byte[] bytes = utf8(cut);
            assertThat(translation.event(bytes, 0, bytes.length, out)).as(cut).isFalse();
            assertThat(translation.whole(bytes, 0, bytes.length, USAGE, out))
                    .as(cut)
                    .isFalse();
            assertThat(text(out)).as(cut).isEmpty();
        }
    }

    /** Fragments behind the end of a call's object, as some servers send them, are nobody's. */
    @ParameterizedTest
    @ValueSource(strings = {"\\n", " ", "}"})
    void nothingIsHeldOfACallThatIsOver(String late) {
        Translation translation = translation(Protocol.ANTHROPIC, Protocol.OPENAI);
        JsonOut out = new JsonOut();
        for (String calls : List.of(
                "{\"index\":0,\"id\":\"c1\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}",
                "{\"index\":1,\"id\":\"c2\",\"function\":{\"name\":\"f\",\"arguments\":\"{\"}}",
                "{\"index\":0,\"function\":{\"arguments\":\"" + late + "\"}}",
                "{\"index\":1,\"function\":{\"arguments\":\"}\"}}")) {
            byte[] event = utf8("{\"choices\":[{\"delta\":{\"tool_calls\":[" + calls + "]}}]}");
            translation.event(event, 0, event.length, out);
        }
        assertThat(translation.heldBytes()).isZero();
        translation.end(USAGE, out);
        assertThat(ClientView.stream(Protocol.ANTHROPIC, text(out)).lines())
                .containsExactly("call c1 f {}", "call c2 f {}");
    }

    private static Translation translation(Protocol client, Protocol provider) {
        Translation translation = Golden.translation(
                client, provider, new WireProfile("acme", "m", 8_192, true, true, false, Set.of(), Set.of()));
        translation.answer(
                new AnswerFacts("req-0a1b", 1_700_000_000L, "lab/model", false, true, 7, () -> 1_700_000_002L));
        return translation;
    }

    private static String stream(Protocol client, Protocol provider, List<String> events) {
        Translation translation = translation(client, provider);
        JsonOut out = new JsonOut();
        for (String event : events) {
            byte[] bytes = utf8(event);
            assertThat(translation.event(bytes, 0, bytes.length, out)).as(event).isTrue();
        }
        translation.end(USAGE, out);
        return text(out);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(JsonOut out) {
        return new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
    }
}
