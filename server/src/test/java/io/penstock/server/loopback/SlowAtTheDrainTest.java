package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A client that is slow to take what has been answered when the gateway drains. */
class SlowAtTheDrainTest {
    private static final int ANSWER_CHARS = 12 * 1024 * 1024; // more than sockets hold

    @Test
    void takesTheWholeOfItsAnswer() throws Exception {
        Lab lab = Lab.with(limits -> limits.drain(Duration.ofSeconds(20)));
        String answer = "{\"id\":\"c1\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
                + "\"assistant\",\"content\":\"" + "a".repeat(ANSWER_CHARS)
                + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1,"
                + "\"total_tokens\":2}}";
        lab.provider().always(call -> call.send(Answer.json(200, answer)));
        Thread drain = new Thread(lab::close);
        try (RawClient client = new RawClient(lab.origin(), 16 * 1024)) {
            client.send(Lab.post(Lab.CHAT, Lab.body(Lab.CHAT, false)));
            Reply head = client.readHead();
            lab.row(head.id());
            drain.start();
            Await.until("the drain", () -> lab.gateway().gateway().server().draining());
            Reply reply = client.readBody(head);
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(reply.text()).hasSize(answer.length());
        } finally {
            if (drain.getState() == Thread.State.NEW) {
                drain.start();
            }
            drain.join();
        }
    }
}
