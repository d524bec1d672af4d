package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.HookedRouter;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What fails in the gateway itself: the client hears of it, nothing stays held, and nobody else waits. */
@Execution(ExecutionMode.CONCURRENT)
class OwnFaultTest {
    static final java.util.List<String> FACES = Lab.FACES;

    private Lab lab = null;

    @AfterEach
    void stop() {
        if (lab != null) {
            lab.close();
        }
    }

    private Lab routedBy(Supplier<Error> fault) {
        lab = Lab.also((builder, provider) -> builder.router(new HookedRouter("lab/gpt-test", () -> {
            Error thrown = fault.get();
            if (thrown != null) {
                throw thrown;
            }
        })));
        return lab;
    }

    private static byte[] auto(String path, boolean stream) {
        return Lab.post(path, Lab.body(path, "auto", stream));
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void anErrorInADecisionIsAnAnswer(String path) {
        routedBy(() -> new StackOverflowError("as the test wants it"));
        Reply reply = lab.ask(auto(path, true));
        assertThat(reply.status()).isEqualTo(500);
        assertThat(reply.text()).contains("internal server error");
        lab.nothingHeld();
    }

    @ParameterizedTest
    @FieldSource("FACES")
    void memoryThatHasRunOutIsABusyGateway(String path) {
        routedBy(() -> new OutOfMemoryError("as the test wants it"));
        Reply reply = lab.ask(auto(path, false));
        assertThat(reply.status()).isEqualTo(503);
        assertThat(reply.text()).contains("gateway busy");
        assertThat(reply.header("Retry-After")).isEqualTo("1");
        lab.nothingHeld();
    }

    @Test
    void aStoreThatNeverAnswersEndsAtTotal() {
        lab = Lab.with(limits -> limits.total(Duration.ofMillis(500)));
        CountDownLatch gate = new CountDownLatch(1);
        CountDownLatch stuck = new CountDownLatch(1);
        lab.gateway().gateway().store().requests().listener(entry -> {
            stuck.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        try {
            for (String path : FACES) {
                lab.provider()
                        .always(call -> call.send(
                                Answer.json(200, new String(Lab.plain(path).upstream(), StandardCharsets.UTF_8))));
                lab.ask(Lab.post(path, Lab.body(path, false)));
                Await.until("the store to hang", () -> stuck.getCount() == 0);
                Reply plain = lab.ask(Lab.post(path, Lab.body(path, false)));
                assertThat(plain.status()).as(path).isEqualTo(504);
                assertThat(plain.text()).contains("limits.total");
            }
        } finally {
            gate.countDown();
        }
        lab.nothingHeld();
    }
}
