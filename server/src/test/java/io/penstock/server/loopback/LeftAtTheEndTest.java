package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Call;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Link;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A client that leaves between the finish reason and what the provider tells of its usage. */
class LeftAtTheEndTest {
    private static final String CHAT_UNTIL_FINISH = """
            data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello"},"finish_reason":null}]}

            data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

            """;
    private static final String CHAT_USAGE = """
            data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":30000,"completion_tokens":5500,"total_tokens":35500}}

            """;
    private static final String CHAT_END = "data: [DONE]\n\n";
    private static final String MESSAGES_UNTIL_FINISH = """
            event: message_start
            data: {"type":"message_start","message":{"id":"1","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"usage":{"input_tokens":30000,"output_tokens":1}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            event: content_block_delta
            data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5500}}

            """;
    private static final long COST = 30_000 * 1_000 + 5_500 * 2_000;

    static Stream<Arguments> ways() {
        return Stream.of(
                        Lab.CHAT + " lab/gpt-test",
                        Lab.ROUTER_CHAT + " lab/gpt-test",
                        Lab.MESSAGES + " lab/claude-test",
                        Lab.ROUTER_MESSAGES + " lab/claude-test",
                        Lab.MESSAGES + " chatty/gpt-test",
                        Lab.RESPONSES + " chatty/gpt-test",
                        Lab.ROUTER_RESPONSES + " chatty/gpt-test",
                        Lab.CHAT + " wordy/claude-test",
                        Lab.RESPONSES + " wordy/claude-test")
                .flatMap(way -> Stream.of(true, false)
                        .map(reset -> Arguments.of(
                                way.substring(0, way.indexOf(' ')), way.substring(way.indexOf(' ') + 1), reset)));
    }

    private static boolean chat(String path, String model) {
        return model.startsWith("chatty") || model.startsWith("lab") && !path.endsWith("messages");
    }

    /** Reads as far as the provider got; then leaves. */
    private static String leaveAtTheFinish(RawClient client, boolean reset) throws Exception {
        Reply head = client.readHead();
        while (!new String(client.readChunk(), StandardCharsets.UTF_8).contains("Hello")) {
            // until the text, and with it the finish: the provider sends them in one chunk
        }
        if (reset) {
            client.reset();
        } else {
            client.close();
        }
        return head.id();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void paysWhatTheProviderTells(String path, String model, boolean reset) throws Exception {
        try (Lab lab = Lab.start()) {
            CountDownLatch gone = new CountDownLatch(1);
            boolean chat = chat(path, model);
            lab.provider()
                    .next(call -> call.send(Answer.streamHead())
                            .send(Answer.chunk(chat ? CHAT_UNTIL_FINISH : MESSAGES_UNTIL_FINISH))
                            .pause(gone)
                            .send(Answer.chunk(
                                    chat
                                            ? CHAT_USAGE + CHAT_END
                                            : "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"))
                            .send(Answer.lastChunk()));
            RawClient client = lab.client();
            client.send(Lab.post(path, Lab.body(path, model, true)));
            String id = leaveAtTheFinish(client, reset);
            Await.until("the client to be gone", () -> lab.connections() == 0);
            gone.countDown();
            LedgerEntry end = lab.end(id);
            assertThat(end.kind()).isEqualTo(EntryKind.SETTLEMENT);
            assertThat(end.amountNanos()).isEqualTo(COST);
            assertThat(end.estimated()).isFalse();
            RequestLogEntry row = lab.row(id);
            assertThat(row.outcome()).isEqualTo(Outcome.LEFT);
            assertThat(row.usage().output()).isEqualTo(5_500);
            lab.nothingHeld();
        }
    }

    @Test
    void theConnectionServesAgain() throws Exception {
        try (Lab lab = Lab.start()) {
            CountDownLatch gone = new CountDownLatch(1);
            lab.provider()
                    .always(call -> call.send(Answer.streamHead())
                            .send(Answer.chunk(CHAT_UNTIL_FINISH))
                            .pause(gone)
                            .send(Answer.chunk(CHAT_USAGE + CHAT_END))
                            .send(Answer.lastChunk()));
            RawClient client = lab.client();
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            String id = leaveAtTheFinish(client, false);
            Await.until("the client to be gone", () -> lab.connections() == 0);
            gone.countDown();
            assertThat(lab.end(id).amountNanos()).isEqualTo(COST);
            Link link = lab.provider().take().link();
            for (int i = 0; i < 20 && lab.provider().links().size() == 1; i++) { // either loop may get it
                assertThat(lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true))).status())
                        .isEqualTo(200);
            }
            assertThat(link.closedNanos()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"stall", "close", "reset", "error"})
    void paysAnEstimateWhenTheUsageDoesNotCome(String end) throws Exception {
        try (Lab lab = Lab.start()) {
            CountDownLatch gone = new CountDownLatch(1);
            lab.provider().next(call -> {
                call.send(Answer.streamHead())
                        .send(Answer.chunk(CHAT_UNTIL_FINISH))
                        .pause(gone);
                ending(call, end);
            });
            RawClient client = lab.client();
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            String id = leaveAtTheFinish(client, true);
            Await.until("the client to be gone", () -> lab.connections() == 0);
            gone.countDown();
            LedgerEntry entry = lab.end(id);
            assertThat(entry.kind()).isEqualTo(EntryKind.SETTLEMENT);
            assertThat(entry.estimated()).isTrue();
            assertThat(lab.row(id).outcome()).isEqualTo(Outcome.LEFT);
            Link link = lab.provider().take().link();
            Await.until("the provider to be cancelled", () -> link.closedNanos() != 0);
            lab.nothingHeld();
        }
    }

    private static void ending(Call call, String end) throws Exception {
        switch (end) {
            case "stall" -> call.stall();
            case "close" -> call.close();
            case "reset" -> call.reset();
            default ->
                call.send(Answer.chunk("data: {\"error\":{\"message\":\"no\"}}\n\n"))
                        .stall();
        }
    }

    @Test
    void theEndOfTheGatewayEndsTheReading() throws Exception {
        Lab lab = Lab.with(limits -> limits.drain(Duration.ofMillis(10)));
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(CHAT_UNTIL_FINISH))
                        .stall());
        RawClient client = lab.client();
        client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
        leaveAtTheFinish(client, true);
        Link link = lab.provider().take().link();
        long closing = System.nanoTime();
        lab.close();
        Await.until("the provider to be cancelled", () -> link.closedNanos() != 0);
        assertThat(link.closedNanos()).isNotZero();
        assertThat(System.nanoTime() - closing)
                .isLessThan(Duration.ofSeconds(Await.SECONDS).toNanos());
    }

    @Test
    void whileManyLeaveAndOthersComeNobodyPaysForAnother() throws Exception {
        try (Lab lab = Lab.start()) {
            lab.provider()
                    .always(call -> call.send(Answer.streamHead())
                            .send(Answer.chunk(CHAT_UNTIL_FINISH))
                            .send(Answer.chunk(CHAT_USAGE + CHAT_END))
                            .send(Answer.lastChunk()));
            for (int i = 0; i < 100; i++) {
                RawClient client = lab.client();
                client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
                String id = leaveAtTheFinish(client, i % 2 == 0);
                Reply other = lab.ask(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
                assertThat(lab.end(id).amountNanos()).isEqualTo(COST);
                assertThat(lab.end(other.id()).amountNanos()).isEqualTo(COST);
            }
            lab.nothingHeld();
        }
    }
}
