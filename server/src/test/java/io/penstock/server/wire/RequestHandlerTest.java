package io.penstock.server.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.BodyScanner;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.RawClient;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A handler that has nothing to end of its own leaves that to its connection. */
class RequestHandlerTest {
    private static final String PUT = "PUT %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi";

    private final AtomicInteger waiting = new AtomicInteger();

    /** Fails at the path {@code /bug}, never answers at {@code /never}. */
    private final class Lazy extends Echo {
        Lazy(HttpConnection client) {
            super(client);
        }

        @Override
        public void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner) {
            String asked = heard.get(heard.size() - 1);
            if (asked.endsWith("/echo") || body == null) {
                super.answer(body, scanner);
                return;
            }
            body.release();
            if (asked.endsWith("/bug")) {
                throw new IllegalStateException("a fault of ours");
            }
            waiting.incrementAndGet();
        }
    }

    @Test
    void aFaultEndsItsConnectionAndNoOther() {
        try (WireLab lab = new WireLab(Lazy::new);
                RawClient other = lab.client();
                RawClient client = lab.client()) {
            assertThat(other.send(String.format(PUT, "/echo")).read().text()).isEqualTo("hi");
            assertThat(client.send(String.format(PUT, "/bug")).ended()).isTrue();
            assertThat(other.send(String.format(PUT, "/echo")).read().text()).isEqualTo("hi");
            Await.until("the connection's end", () -> lab.server.connections() == 1);
            assertThat(lab.memory.taken()).isZero();
        }
    }

    @Test
    void theEndOfTheDrainEndsWhatIsStillUnderway() {
        try (WireLab lab = new WireLab(Lazy::new);
                RawClient client = lab.client()) {
            client.send(String.format(PUT, "/never"));
            Await.until("the request", () -> waiting.get() == 1);
            lab.loop.run(LoopResources::abortAll);
            lab.loop.run(LoopResources::closeIdle);
            assertThat(lab.server.connections()).as("nothing drains").isEqualTo(1);
            lab.server.drain();
            lab.loop.run(LoopResources::closeIdle);
            assertThat(lab.server.connections()).as("it is under way").isEqualTo(1);
            lab.loop.run(LoopResources::abortAll);
            assertThat(client.ended()).isTrue();
            Await.until("the connection's end", () -> lab.server.connections() == 0);
        }
    }
}
