package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Programs that guess keys. Times are bounded from below only: a busy machine makes nothing faster. */
class GuessingTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private static byte[] guess(String path, String key) {
        return Answer.ascii(
                "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key + "\r\n\r\n");
    }

    private static final byte[] WRONG = guess("/openai/v1/models", "sk-or-v1-" + "0".repeat(64));

    private static long nanos(Lab lab, byte[] request, int status) {
        long from = System.nanoTime();
        assertThat(lab.ask(request).status()).isEqualTo(status);
        return System.nanoTime() - from;
    }

    @Test
    void wrongKeysAreSlowedAndARightOneNever() {
        try (Lab lab = Lab.start()) {
            for (int i = 0; i < 5; i++) {
                nanos(lab, WRONG, 401);
            }
            assertThat(nanos(lab, WRONG, 401)).isGreaterThanOrEqualTo(SECOND);
            long least = Long.MAX_VALUE;
            for (int i = 0; i < 10; i++) {
                least = Math.min(least, nanos(lab, guess("/openai/v1/models", Lab.KEY), 200));
            }
            assertThat(least).as("the fastest of ten with a right key").isLessThan(SECOND);
            assertThat(nanos(lab, WRONG, 401)).isGreaterThanOrEqualTo(SECOND);
            Reply missing = lab.ask(Answer.ascii("GET /openai/v1/models HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            assertThat(missing.header("connection"))
                    .as("of one that does not guess")
                    .isNull();
        }
    }

    @Test
    void aFloodOfWrongKeysHoldsNoMemoryAndAnswersOfThoseWhoLeftAreForgotten() {
        byte[] body = new byte[900 * 1024];
        try (Lab lab = Lab.start()) {
            List<RawClient> flood = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                RawClient client = lab.client();
                client.send("POST " + Lab.CHAT + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + Lab.KEY + i
                        + "\r\nContent-Length: " + body.length + "\r\n\r\n");
                client.offer(body);
                client.offer(body); // pipelined behind it
                flood.add(client);
                assertThat(lab.bytesInMemory()).isZero();
            }
            for (RawClient client : flood.subList(0, 30)) {
                client.reset();
            }
            for (RawClient client : flood.subList(30, 60)) {
                assertThat(client.read().status()).isEqualTo(401);
                client.close();
            }
            Await.until("nobody to be connected", () -> lab.connections() == 0);
        }
    }

    @Test
    void theAdminTokenIsNoEasierToGuess() {
        String token = "0123456789-0123456789-0123456789";
        try (Lab lab =
                Lab.also((builder, provider) -> builder.bind("0.0.0.0", 0).adminToken(token))) {
            for (int i = 0; i < 5; i++) {
                nanos(lab, guess("/metrics", token + i), 401);
            }
            assertThat(nanos(lab, guess("/metrics", token + "x"), 401)).isGreaterThanOrEqualTo(SECOND);
            assertThat(nanos(lab, guess("/metrics", token), 200)).isPositive();
        }
    }
}
