package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.FreshLab;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Link;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Clients that send no more, but listen: {@code nc -N}, and programs that shut their output down behind a request. */
class HalfCloseTest extends FreshLab {
    static final List<String> FACES = Lab.FACES;

    /** The head of the answer, behind interim ones. */
    private static Reply finalHead(RawClient client) {
        Reply head = client.readHead();
        while (head.status() == 100) {
            head = client.readHead();
        }
        return head;
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aHalfClosedClientGetsItsAnswer(String path) throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        lab.provider()
                .next(call ->
                        call.pause(gate).send(Answer.json(200, Lab.plain(path).upstream())));
        try (RawClient client = lab.client()) {
            client.send(Lab.post(path, Lab.body(path, false))).finish();
            assertThat(client.readHead().status()).isEqualTo(100);
            assertThat(client.readHead().status()).isEqualTo(100);
            gate.countDown();
            Reply head = finalHead(client);
            Reply reply = client.readBody(head);
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(client.ended()).isTrue();
            assertThat(lab.row(head.id()).outcome()).isEqualTo(Outcome.COMPLETED);
        }
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void aHalfClosedClientGetsItsStreamWhole(String path) throws Exception {
        String events = new String(Lab.stream(path).upstream(), StandardCharsets.UTF_8);
        int until = events.indexOf("\n\n", events.indexOf("Hello")) + 2;
        CountDownLatch gate = new CountDownLatch(1);
        lab.provider()
                .next(call -> call.send(Answer.streamHead())
                        .send(Answer.chunk(events.substring(0, until)))
                        .pause(gate)
                        .send(Answer.chunk(events.substring(until)))
                        .send(Answer.lastChunk()));
        try (RawClient client = lab.client()) {
            client.send(Lab.post(path, Lab.body(path, true)));
            Reply head = client.readHead();
            StringBuilder got = new StringBuilder();
            while (got.indexOf("Hello") < 0) {
                got.append(new String(client.readChunk(), StandardCharsets.UTF_8));
            }
            client.finish();
            String probe = new String(client.readChunk(), StandardCharsets.UTF_8); // the FIN has been seen
            assertThat(probe).startsWith(path.endsWith("messages") ? "event: ping" : ":");
            gate.countDown();
            Reply reply = client.readBody(head);
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(reply.text()).contains(Lab.terminator(path));
            assertThat(client.ended()).isTrue();
            assertThat(lab.row(head.id()).outcome()).isEqualTo(Outcome.COMPLETED);
        }
    }

    @Test
    void aStreamThatHasNotBegunWhenTheClientHalfClosesComesWhole() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        lab.provider()
                .next(call ->
                        call.pause(gate).send(Answer.stream(Lab.stream(Lab.CHAT).upstream())));
        try (RawClient client = lab.client()) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true))).finish();
            assertThat(client.readHead().status()).isEqualTo(100);
            gate.countDown();
            Reply head = finalHead(client);
            assertThat(client.readBody(head).text()).endsWith("data: [DONE]\n\n");
        }
    }

    @Test
    void allThatWasPipelinedBeforeIsAnswered() throws Exception {
        CountDownLatch gate = new CountDownLatch(1);
        byte[] plain = Lab.plain(Lab.CHAT).upstream();
        lab.provider()
                .next(call -> call.pause(gate).send(Answer.json(200, plain)))
                .next(call -> call.send(Answer.json(200, plain)));
        byte[] chat = Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false));
        byte[] list = Lab.get("/openai/v1/models/lab%2Fgpt-test");
        try (RawClient client = lab.client()) {
            client.send(Answer.join(Answer.join(chat, list), Answer.join(Answer.join(list, chat), list)))
                    .finish();
            assertThat(client.readHead().status()).isEqualTo(100);
            gate.countDown();
            for (int i = 0; i < 5; i++) {
                Reply head = finalHead(client);
                assertThat(head.status()).as("answer %d", i).isEqualTo(200);
                assertThat(client.readBody(head).end()).isEqualTo(RawClient.End.CLEAN);
            }
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void aRequestThatWillNeverBeWholeEndsTheConnection() throws Exception {
        byte[] whole = Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false));
        for (int length : new int[] {0, 1, 30, whole.length - 60, whole.length - 1}) {
            try (RawClient client = lab.client()) {
                client.send(java.util.Arrays.copyOf(whole, length)).finish();
                assertThat(client.ended()).as("after %d bytes", length).isTrue();
            }
        }
        try (RawClient client = lab.client()) {
            assertThat(client.send(Lab.get("/healthz")).read().status()).isEqualTo(200);
            client.finish();
            assertThat(client.ended()).isTrue();
        }
        assertThat(lab.provider().received()).isEmpty();
    }

    @Test
    void aHalfClosedClientThatLeavesThenIsNoticed() throws Exception {
        for (boolean stream : new boolean[] {true, false}) {
            lab.provider().next(call -> call.stall());
            RawClient client = lab.client();
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, stream)));
            Link link = lab.provider().take().link();
            client.finish();
            assertThat(client.readHead().status()).isEqualTo(100);
            client.reset();
            Await.until("the provider's connection to end", () -> link.closedNanos() != 0);
            assertThat(lab.lastRow().outcome()).isEqualTo(Outcome.LEFT);
        }
    }

    /** No interim answers there, and proxies that speak it close so when their own client leaves. */
    @Test
    void aFinBeforeAnAnswerOfHttp10MeansThatTheClientLeft() throws Exception {
        lab.provider().next(call -> call.stall());
        String request = new String(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)), StandardCharsets.UTF_8);
        try (RawClient client = lab.client()) {
            client.send(request.replace("HTTP/1.1", "HTTP/1.0"));
            Link link = lab.provider().take().link();
            client.finish();
            Await.until("the provider's connection to end", () -> link.closedNanos() != 0);
            assertThat(client.ended()).isTrue();
        }
        assertThat(lab.lastRow().outcome()).isEqualTo(Outcome.LEFT);
    }

    @Test
    void aSlowReaderThatHalfClosedGetsAllOfIt() throws IOException {
        byte[] large = Answer.json(
                200,
                "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
                        + "slow ".repeat(2_000_000)
                        + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,"
                        + "\"total_tokens\":4}}");
        lab.provider().next(call -> call.send(large));
        try (RawClient client = new RawClient(lab.origin(), 8 * 1024)) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)));
            Reply head = client.readHead(); // most of the answer waits in the gateway
            client.finish();
            assertThat(client.readBody(head).end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(client.ended()).isTrue();
        }
    }

    /** Behind the FIN nothing is awaited of the client for a while; a full socket must then wake the gateway all the same. */
    @Test
    void soDoesOneOfAStreamThatComesLater() throws Exception {
        String text = "slow ".repeat(200);
        CountDownLatch seen = new CountDownLatch(1);
        lab.provider().next(call -> {
            call.send(Answer.streamHead());
            call.pause(seen);
            for (int i = 0; i < 5_000; i++) {
                call.send(Answer.chunk(
                        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"}}]}\n\n"));
            }
            call.send(Answer.chunk("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"));
            call.send(Answer.chunk("data: [DONE]\n\n")).send(Answer.lastChunk());
        });
        try (RawClient client = new RawClient(lab.origin(), 8 * 1024)) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, true)));
            lab.provider().take();
            client.finish();
            assertThat(client.readHead().head()).startsWith("HTTP/1.1 100"); // the gateway knows, and has asked
            seen.countDown();
            Reply head = client.readHead();
            while (head.head().startsWith("HTTP/1.1 100")) {
                head = client.readHead();
            }
            Reply reply = client.readBody(head);
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(reply.text()).endsWith("data: [DONE]\n\n");
        }
    }
}
