package io.penstock.server.face.openrouter;

import static io.penstock.server.face.openrouter.Rewriting.CHAT_END;
import static io.penstock.server.face.openrouter.Rewriting.CHAT_USAGE;
import static io.penstock.server.face.openrouter.Rewriting.FACTS;
import static io.penstock.server.face.openrouter.Rewriting.HEAD;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Usage;
import io.penstock.server.face.Face.Facts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatDialectTest {
    private final ChatDialect dialect = new ChatDialect(FACTS, Rewriting.bill(), false, false);

    @Test
    void aChunkShowsOurIdsAndKeepsTheRest() {
        assertThat(event("""
                        {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"glm-5-0115",\
                        "service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,\
                        "delta":{"role":"assistant","content":"Wh\\u00e9el 🌊"},"logprobs":null,"finish_reason":null}],\
                        "obfuscation":"abc","x":{"y":[1.50,-0e3]}}""")).isEqualTo("data: {" + HEAD + """
                        ,"service_tier":"default","system_fingerprint":"fp_1","choices":[{"index":0,\
                        "delta":{"role":"assistant","content":"Wh\\u00e9el 🌊"},"logprobs":null,"finish_reason":null,\
                        "native_finish_reason":null}],"obfuscation":"abc","x":{"y":[1.50,-0e3]}}\n\n""");
    }

    @Test
    void namesOfOursAreQuoted() {
        ChatDialect odd = new ChatDialect(new Facts("gen-\"1\"", 7, "a/b", null), Rewriting.bill(), false, false);
        assertThat(Rewriting.event(odd, "{\"choices\":[{}]}"))
                .isEqualTo("data: {\"id\":\"gen-\\\"1\\\"\",\"object\":\"chat.completion.chunk\",\"created\":7,"
                        + "\"model\":\"a/b\",\"provider\":null,"
                        + "\"choices\":[{\"finish_reason\":null,\"native_finish_reason\":null}]}\n\n");
    }

    @Test
    void theEndTellsTheSettledUsage() {
        assertThat(Rewriting.end(dialect)).isEqualTo(CHAT_END);
    }

    @Test
    void whatIsFreeCostsZero() {
        Bill free = Rewriting.bill(new Usage(0, 0, 0, 0, 0, 0, true), 0, 0);
        assertThat(Rewriting.end(new ChatDialect(FACTS, free, false, false)))
                .contains("\"cost\":0,\"is_byok\":false,\"cost_details\":{\"upstream_inference_cost\":0,"
                        + "\"upstream_inference_prompt_cost\":0,\"upstream_inference_completions_cost\":0}");
    }

    @Test
    void thePartsOfACostCutToItsHoldStillAddUp() {
        Bill cut = Rewriting.bill(new Usage(100, 0, 0, 0, 1, 0, true), 5, 9);
        assertThat(Rewriting.end(new ChatDialect(FACTS, cut, false, false)))
                .contains("\"upstream_inference_cost\":0.000000005,\"upstream_inference_prompt_cost\":0.000000005,"
                        + "\"upstream_inference_completions_cost\":0}");
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "stop,stop",
                "end_turn,stop",
                "eos,stop",
                "tool_calls,tool_calls",
                "function_call,tool_calls",
                "tool_use,tool_calls",
                "length,length",
                "MAX_TOKENS,length",
                "model_length,length",
                "content_filter,content_filter",
                "sensitive,content_filter",
                "SAFETY,content_filter",
                "error,error",
                "insufficient_system_resource,error",
                "something new,stop"
            })
    void theFinishReasonIsOneOfFiveWordsAndTheProvidersStandsBesideIt(String providers, String ours) {
        assertThat(choice("{\"index\":0,\"delta\":{},\"finish_reason\":\"" + providers + "\"}"))
                .isEqualTo("{\"index\":0,\"delta\":{},\"finish_reason\":\"" + ours + "\",\"native_finish_reason\":\""
                        + providers + "\"}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ",\"finish_reason\":null", ",\"finish_reason\":\"\"", ",\"native_finish_reason\":null"})
    void noFinishReasonIsNull(String said) {
        assertThat(choice("{\"index\":0,\"delta\":{}" + said + "}"))
                .isEqualTo("{\"index\":0,\"delta\":{},\"finish_reason\":null,\"native_finish_reason\":null}");
    }

    @Test
    void aNativeFinishReasonThatTheProviderTellsIsKept() {
        assertThat(choice("{\"native_finish_reason\":\"STOP\",\"finish_reason\":\"stop\",\"delta\":{}}"))
                .isEqualTo("{\"delta\":{},\"finish_reason\":\"stop\",\"native_finish_reason\":\"STOP\"}");
    }

    @Test
    void aStopAfterToolCallsOfThatChoiceIsAFinishByToolCalls() {
        event("{\"choices\":[{\"index\":1,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\"}]}}]}");
        assertThat(choice("{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}"))
                .contains("\"finish_reason\":\"stop\",\"native_finish_reason\":\"stop\"");
        assertThat(choice("{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}"))
                .contains("\"finish_reason\":\"tool_calls\",\"native_finish_reason\":\"stop\"");
        assertThat(choice("{\"index\":1,\"delta\":{},\"finish_reason\":\"length\"}"))
                .contains("\"finish_reason\":\"length\"");
    }

    @Test
    void reasoningContentBecomesReasoningAndItsDetails() {
        assertThat(choice("{\"index\":0,\"delta\":{\"content\":null,\"reasoning_content\":\"a \\ud83d\"}}"))
                .startsWith("""
                        {"index":0,"delta":{"content":null,"reasoning":"a \\ud83d","reasoning_details":\
                        [{"type":"reasoning.text","text":"a \\ud83d","signature":null,"id":null,"format":"unknown",\
                        "index":0}]},""");
    }

    @Test
    void emptyReasoningHasNoDetails() {
        assertThat(choice("{\"delta\":{\"reasoning_content\":null,\"content\":\"x\"}}"))
                .startsWith("{\"delta\":{\"content\":\"x\",\"reasoning\":null},");
        assertThat(choice("{\"delta\":{\"reasoning_content\":\"\"}}")).startsWith("{\"delta\":{\"reasoning\":\"\"},");
    }

    @Test
    void theProvidersOwnReasoningPasses() {
        assertThat(choice("{\"delta\":{\"reasoning\":\"r\",\"reasoning_details\":[{\"type\":\"reasoning.text\"}]}}"))
                .startsWith("{\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\"}],\"reasoning\":\"r\"},");
        assertThat(choice("{\"delta\":{\"reasoning\":\"r\"}}")).startsWith("{\"delta\":{\"reasoning\":\"r\"},");
        assertThat(choice("{\"delta\":{\"reasoning\":\"r\",\"reasoning_content\":\"c\",\"reasoning_details\":[]}}"))
                .startsWith("{\"delta\":{\"reasoning_details\":[],\"reasoning\":\"r\"},");
    }

    @Test
    void toolCallFragmentsPassButForEmptyRepeats() {
        String whole =
                "{\"index\":0,\"id\":\"call_1\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"},"
                        + "\"extra_content\":{\"google\":{\"thought_signature\":\"s\"}}}";
        String bare = "{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":\"}}";
        String nulls =
                "{\"index\":0,\"id\":null,\"type\":\"\",\"function\":{\"name\":null,\"arguments\":\"{\\\"a\\\":\"}}";
        assertThat(choice("{\"delta\":{\"tool_calls\":[" + whole + "," + bare + "," + nulls + "]}}"))
                .startsWith("{\"delta\":{\"tool_calls\":[" + whole + "," + bare + "," + bare + "]},");
    }

    /** What each piece says of its call: index, id, name, arguments. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // no index: by the id in every piece, or one behind the other
                "-,a,f,1 -,a,-,2 -,b,g,3 -,b,-,4 | 0,a,f,1 0,a,-,2 1,b,g,3 1,b,-,4",
                "-,a,f,1 -,-,-,2 -,b,g,3 -,-,-,4 | 0,a,f,1 0,-,-,2 1,b,g,3 1,-,-,4",
                // one index for all
                "0,a,f,1 0,-,-,2 0,b,g,3 0,-,-,4 | 0,a,f,1 0,-,-,2 1,b,g,3 1,-,-,4",
                // indexes that do not begin at 0, and pieces that mix
                "1,a,f,1 2,b,g,2 1,-,-,3 2,-,-,4 | 0,a,f,1 1,b,g,2 0,-,-,3 1,-,-,4",
                // no id: one of ours, once
                "0,-,f,1 0,-,-,2 1,-,g,3 | 0,call_1795000000_Qf3kTz81_0,f,1 0,-,-,2 1,call_1795000000_Qf3kTz81_1,g,3",
                "-,-,f,1 -,-,g,2 | 0,call_1795000000_Qf3kTz81_0,f,1 1,call_1795000000_Qf3kTz81_1,g,2",
                // as it should be
                "0,a,f,1 1,b,g,2 0,-,-,3 | 0,a,f,1 1,b,g,2 0,-,-,3",
            })
    void piecesOfToolCallsBearTheIndexOfTheirCall(String pieces, String expected) {
        StringBuilder told = new StringBuilder();
        for (String piece : pieces.split(" ", -1)) {
            String[] at = piece.split(",", -1);
            String event = event("{\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{"
                    + member("index", at[0]) + member("id", at[1].equals("-") ? "-" : "\"" + at[1] + "\"")
                    + "\"function\":{" + member("name", at[2].equals("-") ? "-" : "\"" + at[2] + "\"")
                    + "\"arguments\":\"" + at[3] + "\"}}]}}]}");
            Map<?, ?> call =
                    (Map<?, ?>) Rewriting.at(Rewriting.documents(event).get(0), "choices", 0, "delta", "tool_calls", 0);
            Map<?, ?> function = (Map<?, ?>) Rewriting.at(call, "function");
            told.append(told.isEmpty() ? "" : " ").append(call.get("index"));
            for (Object value : new Object[] {call.get("id"), function.get("name"), function.get("arguments")}) {
                told.append(',').append(value == null ? "-" : value.toString().substring(1));
            }
            assertThat(call.containsKey("type")).isEqualTo(function.containsKey("name"));
        }
        assertThat(told.toString()).isEqualTo(expected);
    }

    private static String member(String name, String value) {
        return value.equals("-") ? "" : "\"" + name + "\":" + value + ",";
    }

    @Test
    void callsOfSeveralChoicesAreCountedApart() {
        String call = "{\"id\":\"%s\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}";
        for (int choice = 0; choice < 3; choice++) {
            String json = "{\"choices\":[{\"index\":" + choice + ",\"delta\":{\"tool_calls\":[" + call.formatted("a")
                    + "," + call.formatted("b") + "]}}]}";
            assertThat(event(json))
                    .contains("\"type\":\"function\",\"index\":0}", "\"type\":\"function\",\"index\":1}");
        }
    }

    @Test
    void aCallInTheOlderFormIsAToolCall() {
        String id = "call_1795000000_Qf3kTz81_0";
        assertThat(choice("{\"delta\":{\"content\":null,\"function_call\":{\"name\":\"f\",\"arguments\":\"\"}}}"))
                .startsWith("{\"delta\":{\"content\":null,\"tool_calls\":[{\"index\":0,\"id\":\"" + id
                        + "\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"\"}}]},");
        assertThat(choice("{\"delta\":{\"function_call\":{\"arguments\":\"{\\\"a\\\":1}\"}}}"))
                .startsWith(
                        "{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\":1}\"}}]},");
        assertThat(choice("{\"index\":0,\"delta\":{},\"finish_reason\":\"function_call\"}"))
                .contains("\"finish_reason\":\"tool_calls\",\"native_finish_reason\":\"function_call\"");
        String whole = "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":null,"
                + "\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}},\"finish_reason\":\"function_call\"}]}";
        assertThat(Rewriting.plain(Rewriting::chat, whole))
                .contains("\"content\":null,\"tool_calls\":[{\"id\":\"" + id
                        + "\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}]}");
    }

    @Test
    void aClientThatAskedInTheOlderFormIsAnsweredInIt() {
        ChatDialect older = new ChatDialect(FACTS, Rewriting.bill(), false, true);
        String call = "\"function_call\":{\"name\":\"f\",\"arguments\":\"{}\"}";
        assertThat(Rewriting.event(older, "{\"choices\":[{\"delta\":{" + call + "}}]}"))
                .contains("\"delta\":{" + call + "}");
    }

    @Test
    void nullsThatTheSdkRefusesAreLeftOut() {
        assertThat(event("""
                        {"system_fingerprint":null,"usage":null,"choices":[{"index":0,"delta":{"role":"","audio":null,\
                        "tool_calls":null,"reasoning_details":null,"function_call":null,"refusal":null}}]}""")).isEqualTo("data: {" + HEAD + """
                        ,"choices":[{"index":0,"delta":{"function_call":null,"refusal":null},"finish_reason":null,\
                        "native_finish_reason":null}]}\n\n""");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"id\":\"1\",\"object\":\"o\",\"created\":1,\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":1}}",
                "{\"choices\":[],\"usage\":{},\"system_fingerprint\":\"f\",\"service_tier\":null,\"obfuscation\":\"x\"}",
                "{\"choices\":[],\"usage\":null}",
                "{\"usage\":{\"prompt_tokens\":1}}",
                "{\"choices\":[],\"x_groq\":{\"id\":\"r\",\"usage\":{\"prompt_tokens\":1}}}",
                "{\"choices\":null,\"usage\":{}}",
                "{}"
            })
    void anEventOfUsageAloneProducesNothing(String json) {
        assertThat(event(json)).isEmpty();
    }

    @Test
    void anEventWithoutChoicesThatSaysMorePasses() {
        assertThat(event("{\"choices\":[],\"prompt_filter_results\":[{}],\"usage\":{\"prompt_tokens\":1}}"))
                .isEqualTo("data: {" + HEAD + ",\"choices\":[],\"prompt_filter_results\":[{}]}\n\n");
        assertThat(event("{\"citations\":[\"u\"]}"))
                .isEqualTo("data: {" + HEAD + ",\"citations\":[\"u\"],\"choices\":[]}\n\n");
    }

    @Test
    void usageIsCutOutWhereverAVendorPutsIt() {
        assertThat(event("{\"choices\":[{\"index\":0,\"delta\":{},\"usage\":{\"prompt_tokens\":1}}],\"usage\":{},"
                        + "\"x_groq\":{\"usage\":{}},\"amazon-bedrock-invocationMetrics\":{\"inputTokenCount\":1}}"))
                .isEqualTo("data: {" + HEAD + ",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":null,"
                        + "\"native_finish_reason\":null}]}\n\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"last chunk", "own chunk", "both", "none", "every chunk", "after the finish", "in the choice"})
    void aStreamTellsItsUsageOnceAtItsEnd(String where) {
        String usage = ",\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}";
        boolean every = where.equals("every chunk");
        boolean last = every || where.equals("last chunk") || where.equals("both");
        String text = "{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"},\"finish_reason\":null}]"
                + (every ? usage : "") + "}";
        String finish = "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\""
                + (where.equals("in the choice") ? usage : "") + "}]" + (last ? usage : ",\"usage\":null") + "}";
        String own = "{\"choices\":[]" + usage + "}";
        String after = "{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":null}]" + usage + "}";
        List<String> events = switch (where) {
            case "own chunk", "both" -> List.of(text, finish, own);
            case "after the finish" -> List.of(text, finish, after);
            default -> List.of(text, finish);
        };
        String stream = Rewriting.stream(dialect, events);

        assertThat(stream).endsWith(CHAT_END);
        assertThat(stream.split("\"usage\"", -1)).hasSize(2);
        List<Map<?, ?>> documents = Rewriting.documents(stream);
        assertThat(documents).hasSize(where.equals("after the finish") ? 4 : 3);
        assertThat(documents.get(documents.size() - 1).get("usage")).isEqualTo(Rewriting.parse(CHAT_USAGE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hello",
                "[1]",
                "null",
                "{\"choices\":[",
                "{\"choices\":[{\"delta\":{\"content\":\"cut",
                "{\"a\":1}{\"b\":2}",
                "{\"a\":01}",
                "{\"a\":\"\\x\"}",
                "{\"choices\":[{}],\"x\":tru}"
            })
    void whatIsNotAJsonObjectIsDropped(String data) {
        assertThat(event(data)).isEmpty();
        assertThat(choice("{\"delta\":{\"content\":\"still here\"}}")).contains("still here");
    }

    @Test
    void textThatIsNotUtf8IsRepairedRatherThanLost() {
        byte[] json = "{\"choices\":[{\"delta\":{\"content\":\"caf?\"}}]}".getBytes(StandardCharsets.UTF_8);
        json[json.length - 6] = (byte) 0xE9; // Latin-1
        assertThat(Rewriting.event(dialect, json)).contains("\"content\":\"caf\ufffd\"");
    }

    @Test
    void whatIsNestedTooDeepIsDropped() {
        int depth = JsonCopy.DEPTH_MAX - 1;
        assertThat(event("{\"x\":" + "[".repeat(depth) + "]".repeat(depth) + "}"))
                .isNotEmpty();
        assertThat(event("{\"x\":" + "[".repeat(depth + 1) + "]".repeat(depth + 1) + "}"))
                .isEmpty();
    }

    @Test
    void anEventOfSeveralLinesBecomesOne() {
        assertThat(event("{\"choices\":[{\n\"delta\":\r{\n\"content\": \"a\"}}]}"))
                .isEqualTo("data: {" + HEAD
                        + ",\"choices\":[{\"delta\":{\"content\": \"a\"},\"finish_reason\":null,"
                        + "\"native_finish_reason\":null}]}\n\n");
    }

    @Test
    void longNumbersAndStringsPass() {
        String digits = "9".repeat(5_000);
        String text = "é".repeat(200_000);
        assertThat(event("{\"choices\":[{\"delta\":{\"content\":\"" + text + "\"}}],\"n\":" + digits + "}"))
                .contains("\"content\":\"" + text + "\"")
                .contains("\"n\":" + digits);
    }

    @Test
    void aWholeAnswerIsShownAnew() {
        assertThat(plain("""
                        {"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"glm-5-0115",\
                        "service_tier":"default","choices":[{"index":0,"message":{"role":"assistant",\
                        "content":"Wheel.","reasoning_content":"List.","refusal":null,"tool_calls":null},\
                        "logprobs":null,"finish_reason":"end_turn"}],\
                        "usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3},"x_groq":{"id":"r"}}""")).isEqualTo("{" + HEAD.replace(".chunk", "") + """
                        ,"service_tier":"default","choices":[{"index":0,"message":{"role":"assistant",\
                        "content":"Wheel.","refusal":null,"reasoning":"List.","reasoning_details":\
                        [{"type":"reasoning.text","text":"List.","signature":null,"id":null,"format":"unknown",\
                        "index":0}]},"logprobs":null,"finish_reason":"stop","native_finish_reason":"end_turn"}],\
                        "system_fingerprint":null,"usage":""" + CHAT_USAGE + "}");
    }

    @Test
    void aWholeAnswerThatCallsToolsFinishesByThem() {
        String call = "{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"f\",\"arguments\":\"{}\"}}";
        assertThat(plain("{\"choices\":[{\"finish_reason\":\"stop\",\"index\":0,\"message\":{\"role\":\"assistant\","
                        + "\"content\":null,\"tool_calls\":[" + call + "]}}],\"system_fingerprint\":\"fp\"}"))
                .contains("\"message\":{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[" + call + "]},"
                        + "\"finish_reason\":\"tool_calls\",\"native_finish_reason\":\"stop\"}],"
                        + "\"system_fingerprint\":\"fp\",\"usage\":{");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "{\"choices\":", "[]"})
    void aWholeAnswerThatIsNotAJsonObjectComesOutAsItIs(String answer) {
        assertThat(plain(answer)).isEqualTo(answer);
    }

    private String event(String json) {
        return Rewriting.event(dialect, json);
    }

    /** What becomes of the only choice of a chunk. */
    private String choice(String json) {
        String event = event("{\"choices\":[" + json + "]}");
        String before = "data: {" + HEAD + ",\"choices\":[";
        assertThat(event).startsWith(before).endsWith("]}\n\n");
        return event.substring(before.length(), event.length() - 4);
    }

    private static String plain(String answer) {
        return Rewriting.plain(Rewriting::chat, answer);
    }
}
