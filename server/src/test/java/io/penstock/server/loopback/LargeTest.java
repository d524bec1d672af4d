package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.FreshLab;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Received;
import io.penstock.server.testkit.Reply;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is large: it keeps its place and its bytes, leaves no one else waiting, and finds room or hears that there is none. */
class LargeTest extends FreshLab {
    private static final int MIB = 1024 * 1024;
    private static final Pattern CONTENT = Pattern.compile("\"content\":\"([^\"]*)\"");

    private static String chat(String model, String text, boolean stream) {
        return "{\"model\":\"" + model + "\",\"max_tokens\":100,\"stream\":" + stream
                + ",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}";
    }

    private static String message(String text) {
        return "{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-test-1\",\"content\":"
                + "[{\"type\":\"text\",\"text\":\"" + text + "\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
                + "\"usage\":{\"input_tokens\":5,\"output_tokens\":7}}";
    }

    private static String event(String type, String rest) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + rest + "}\n\n";
    }

    /** A stream of Anthropic's with these texts. */
    private static String messages(List<String> texts) {
        StringBuilder events = new StringBuilder();
        events.append(event(
                "message_start",
                ",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-test-1\","
                        + "\"content\":[],\"stop_reason\":null,\"usage\":{\"input_tokens\":5,\"output_tokens\":1}}"));
        events.append(event("content_block_start", ",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}"));
        for (String text : texts) {
            events.append(event(
                    "content_block_delta",
                    ",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"" + text + "\"}"));
        }
        events.append(event("content_block_stop", ",\"index\":0"));
        events.append(
                event("message_delta", ",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":7}"));
        return events.append(event("message_stop", "")).toString();
    }

    private static String contents(Reply reply) {
        StringBuilder all = new StringBuilder();
        for (Matcher content = CONTENT.matcher(reply.text()); content.find(); ) {
            all.append(content.group(1));
        }
        return all.toString();
    }

    private static void assertNobodyIsBlamed(Lab lab) {
        assertThat(lab.ask(Lab.get("/metrics")).text()).doesNotContain("outcome=\"failed\"");
    }

    @Test
    void aLargeBodyIsTranslatedAwayFromTheLoopAndWhole() {
        String text = "penstock ".repeat(200_000);
        lab.provider().next(call -> call.send(Answer.json(200, message("yes"))));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, chat("wordy/claude-test", text, false)));
        assertThat(contents(reply)).isEqualTo("yes");
        Received asked = lab.provider().take();
        assertThat(asked.line()).startsWith("POST /v1/messages ");
        assertThat(asked.text()).contains(text);
        assertThat(Thread.getAllStackTraces().keySet())
                .anyMatch(thread -> thread.getName().equals("penstock-large"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1 << 30, 1_000_000, 70_000})
    void eventsKeepTheirOrderWhileLargeOnesAreTranslated(int pieceBytes) {
        List<String> texts = List.of("a", "B".repeat(MIB), "c", "D".repeat(700_000), "E".repeat(300_000), "f");
        byte[] stream = Answer.stream(messages(texts).getBytes(StandardCharsets.UTF_8), pieceBytes);
        lab.provider().next(call -> call.send(stream));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, chat("wordy/claude-test", "Hi", true)));
        assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
        assertThat(contents(reply)).isEqualTo(String.join("", texts));
        assertThat(reply.text()).contains("data: [DONE]");
    }

    @Test
    void aProviderThatClosesBehindALargeEventIsACutStreamWithAllThatCame() {
        String all = messages(List.of("a", "B".repeat(MIB), "c"));
        String cut = all.substring(0, all.indexOf("event: content_block_stop"));
        lab.provider()
                .next(call ->
                        call.send(Answer.streamHead()).send(Answer.chunk(cut)).send(Answer.lastChunk()));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, chat("wordy/claude-test", "Hi", true)));
        assertThat(reply.end()).isNotEqualTo(RawClient.End.CLEAN);
        assertThat(contents(reply)).isEqualTo("a" + "B".repeat(MIB) + "c");
        assertThat(reply.text()).contains("\"error\"").doesNotContain("[DONE]");
    }

    @Test
    void aLargePlainAnswerIsTranslatedWhole() {
        String text = "penstock ".repeat(200_000);
        lab.provider().next(call -> call.send(Answer.json(200, message(text))));
        Reply reply = lab.ask(Lab.post(Lab.CHAT, chat("wordy/claude-test", "Hi", false)));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(contents(reply)).isEqualTo(text);
    }

    @Test
    void aClientThatLeavesDuringLargeWorkLeavesNothingBehind() {
        String text = "x".repeat(3 * MIB);
        lab.provider()
                .always(call -> call.send(
                        call.request().text().contains("\"stream\":true")
                                ? Answer.stream(messages(List.of(text, text)).getBytes(StandardCharsets.UTF_8), 1 << 30)
                                : Answer.json(200, message(text))));
        for (int i = 0; i < 24; i++) {
            String body = chat("wordy/claude-test", i % 3 == 0 ? text : "Hi", i % 2 == 0);
            try (RawClient client = lab.client()) {
                client.send(Lab.post(Lab.CHAT, body));
                if (i % 4 == 0) {
                    client.reset();
                }
            }
        }
        Await.until("no bytes held", () -> lab.bytesInMemory() == 0);
        Reply reply = lab.ask(Lab.post(Lab.CHAT, chat("wordy/claude-test", "Hi", false)));
        assertThat(contents(reply)).isEqualTo(text);
    }

    @Test
    void aBodyWaitsForRoomAndOrdinaryRequestsDoNot() {
        lab.close();
        lab = Lab.with(limits -> limits.bodies(4 * MIB).body(3 * MIB));
        lab.provider()
                .always(call -> call.send(
                        Answer.json(200, new String(Lab.plain(Lab.CHAT).upstream(), StandardCharsets.UTF_8))));
        try (RawClient first = lab.client();
                RawClient second = lab.client()) {
            first.send(Lab.postHead(Lab.CHAT, "Content-Length: " + 3 * MIB));
            Await.until("room for the first", () -> lab.bytesInMemory() >= 3 * MIB);
            second.offer(Lab.post(Lab.CHAT, chat("lab/gpt-test", "x".repeat(2 * MIB), false)));
            assertThat(lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false))).status())
                    .isEqualTo(200);
            assertThat(lab.provider().received()).as("served so far").hasSize(1);
            first.close();
            assertThat(second.read().status()).isEqualTo(200);
        }
    }

    @Test
    void anEventThatIsTooLargeIsNoFaultOfItsProvider() {
        CountDownLatch gate = new CountDownLatch(1);
        lab.provider()
                .always(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk("data: {\"x\":\"" + "x".repeat(17 * MIB)))
                        .pause(gate));
        for (String path : Lab.FACES) {
            Reply reply = lab.ask(Lab.post(path, Lab.body(path, true)));
            assertThat(reply.status()).as(path).isEqualTo(502);
            assertThat(reply.text()).contains("response too large");
        }
        gate.countDown();
        assertNobodyIsBlamed(lab);
    }

    @Test
    void anAnswerThatIsTooLargeIsNoFaultOfItsProvider() {
        lab.close();
        lab = Lab.with(limits -> limits.response(100_000));
        lab.provider().next(call -> call.send(Answer.json(200, message("x".repeat(200_000)))));
        Reply reply = lab.ask(Lab.post(Lab.MESSAGES, Lab.body(Lab.MESSAGES, false)));
        assertThat(reply.status()).isEqualTo(502);
        assertThat(reply.text()).contains("response too large: it is larger than limits.response");
        assertNobodyIsBlamed(lab);
    }
}
