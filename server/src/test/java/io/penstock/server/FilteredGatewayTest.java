package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.config.Config;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.server.wire.AnswerRecorder;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.RequestBody;
import io.penstock.server.wire.RequestFilter;
import io.penstock.server.wire.RequestHandler;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A filter in front of the gateway's own handler: it answers a repeat, and nothing behind it knows. */
class FilteredGatewayTest {
    private volatile byte @Nullable [] recorded; // the first answer, head and all

    /** Records the first answer, and gives it to everybody who comes later. */
    private final class Repeating extends RequestFilter {
        private final HttpConnection client;

        Repeating(RequestHandler next, HttpConnection client) {
            super(next);
            this.client = client;
        }

        @Override
        public void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner) {
            byte[] known = recorded;
            if (known == null || body == null || scanner == null) {
                client.recordedBy(new AnswerRecorder() {
                    private final StringBuilder text = new StringBuilder();

                    @Override
                    public void written(ByteBuf bytes) {
                        text.append(bytes.toString(StandardCharsets.UTF_8));
                    }

                    @Override
                    public void ended(boolean cut) {
                        recorded = cut ? null : text.toString().getBytes(StandardCharsets.UTF_8);
                    }
                });
                super.answer(body, scanner);
                return;
            }
            body.release();
            client.loop().giveBack(scanner);
            client.write(client.channel().alloc().directBuffer().writeBytes(known));
            client.exchangeEnded(false);
        }
    }

    @Test
    void aRepeatIsAnsweredWithoutAnExchange() throws Exception {
        Config config = Config.builder()
                .listen("127.0.0.1", 0)
                .localDiscover(false)
                .key(new KeyConfig("lab", Lab.KEY))
                .build();
        try (Gateway gateway =
                        Gateway.start(config, Map.of(), Extensions.usual().filter(Repeating::new));
                RawClient client = new RawClient(gateway.origin())) {
            byte[] request = Lab.post(
                    Lab.CHAT,
                    "{\"model\":\"demo/hello\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}");
            Reply first = client.send(request).read();
            assertThat(first.status()).isEqualTo(200);
            assertThat(first.text()).contains("data: [DONE]");
            Reply again = client.send(request).read();
            assertThat(again.head()).isEqualTo(first.head());
            assertThat(again.text()).isEqualTo(first.text());
            Await.until(
                    "its row", () -> gateway.store().requests().find(first.id()).isPresent());
            assertThat(client.send(Lab.post(Lab.CHAT, "{}", "X-Api-Key: wrong"))
                            .read()
                            .text())
                    .isEqualTo(first.text()); // the lab's key counts
            Reply refused = new RawClient(gateway.origin())
                    .send("POST " + Lab.CHAT + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
                    .read();
            assertThat(refused.status()).isEqualTo(401); // who may ask is still the gateway's to say
            assertThat(gateway.store().ledger().openHolds()).isZero();
        }
    }
}
