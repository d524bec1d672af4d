package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is remembered of thinking takes the place of what a chat client brings along without its seal, and of nothing else. */
class RecallTest {
    private static final String CALLS = "\"tool_calls\":[" + call("a") + "," + call("b") + "]";
    private static final String CALLS_SAID = said("a") + "," + said("b");

    private static String call(String id) {
        return "{\"id\":\"" + id + "\",\"type\":\"function\",\"function\":{\"name\":\"get\",\"arguments\":\"{}\"}}";
    }

    private static String said(String id) {
        return "{\"type\":\"tool_use\",\"id\":\"" + id + "\",\"name\":\"get\",\"input\":{}}";
    }

    private static String thought(String text, String signature) {
        return "{\"type\":\"thinking\",\"thinking\":\"" + text + "\",\"signature\":\"" + signature + "\"}";
    }

    private static String noted(String text, String signature) {
        return "{\"type\":\"reasoning.text\",\"text\":\"" + text + "\",\"signature\":\"penstock:lab:signature::"
                + signature + "\"}";
    }

    /** The assistant's turn as the provider gets it. */
    private static String asked(String members, Map<String, String> remembered) {
        byte[] body = ("{\"model\":\"m\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"},"
                        + "{\"role\":\"assistant\"," + members + "," + CALLS + "},"
                        + "{\"role\":\"tool\",\"tool_call_id\":\"a\",\"content\":\"1\"},"
                        + "{\"role\":\"tool\",\"tool_call_id\":\"b\",\"content\":\"2\"}]}")
                .getBytes(StandardCharsets.UTF_8);
        JsonOut out = new JsonOut();
        ThinkingRecall recall = id -> {
            String notes = remembered.get(id);
            return notes == null ? null : ("[" + notes + "]").getBytes(StandardCharsets.UTF_8);
        };
        new Translation(
                        Form.CHAT,
                        Form.CHAT,
                        Protocol.ANTHROPIC,
                        new WireProfile("lab", "m", 1_000, true, true, false, Set.of(), Set.of()))
                .request(body, 0, body.length, recall, out);
        String json = new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
        int from =
                json.indexOf("\"role\":\"assistant\",\"content\":[") + "\"role\":\"assistant\",\"content\":[".length();
        return json.substring(from, json.indexOf("]}", from));
    }

    @Test
    void whatIsRememberedStandsBeforeTheWords() {
        assertThat(asked("\"content\":\"Look\"", Map.of("a", noted("deep", "sig"))))
                .isEqualTo(thought("deep", "sig") + ",{\"type\":\"text\",\"text\":\"Look\"}," + CALLS_SAID);
    }

    @Test
    void whatIsRememberedTakesThePlaceOfTheSameWithoutItsSeal() {
        assertThat(asked("\"reasoning_content\":\"deep\",\"content\":\"Look\"", Map.of("a", noted("deep", "sig"))))
                .isEqualTo(thought("deep", "sig") + ",{\"type\":\"text\",\"text\":\"Look\"}," + CALLS_SAID);
    }

    @Test
    void thoughtsBetweenCallsKeepTheirPlaces() {
        assertThat(asked(
                        "\"reasoning_content\":\"deep\",\"content\":null",
                        Map.of("a", noted("deep", "sig"), "b", noted("deeper", "gis"))))
                .isEqualTo(thought("deep", "sig") + "," + said("a") + "," + thought("deeper", "gis") + "," + said("b"));
    }

    @Test
    void whatComesBackSealedIsAllThereIsToKnow() {
        assertThat(asked(
                        "\"reasoning_details\":[" + noted("own", "gis") + "],\"content\":\"Look\"",
                        Map.of("a", noted("deep", "sig"))))
                .isEqualTo(thought("own", "gis") + ",{\"type\":\"text\",\"text\":\"Look\"}," + CALLS_SAID);
    }
}
