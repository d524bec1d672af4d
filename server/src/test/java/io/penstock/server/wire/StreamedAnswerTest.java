package io.penstock.server.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.http.RequestHead;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.RawClient.End;
import io.penstock.server.testkit.Reply;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** An answer over time: its pieces arrive one by one, wait for a client that is slow, and end as they should. */
class StreamedAnswerTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final AtomicReference<StreamedAnswer> begun = new AtomicReference<>();
    private final AtomicInteger left = new AtomicInteger();
    private final AtomicInteger paused = new AtomicInteger();
    private volatile Runnable whenWritable = () -> {};

    private final class Streaming implements RequestHandler {
        private final HttpConnection client;

        Streaming(HttpConnection client) {
            this.client = client;
        }

        @Override
        public Acceptance accept(RequestHead head, ByteBuf in) {
            return Acceptance.DROPPED;
        }

        @Override
        public void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner) {
            begun.set(StreamedAnswer.begin(
                    client,
                    io.penstock.server.wire.Reply.begin(client, 200, io.penstock.server.wire.Reply.TEXT, false, 0)));
        }

        @Override
        public void writable(boolean writable) {
            if (writable) {
                whenWritable.run();
            }
        }

        @Override
        public void refuse(GatewayError error) {
            client.channel().close();
        }

        @Override
        public void clientLeft() {
            left.incrementAndGet();
        }
    }

    private StreamedAnswer begun() {
        return Await.value("the handler's answer", () -> begun.getAndSet(null));
    }

    private static byte[] text(String text) {
        return text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }

    @Test
    void eachPieceLeavesAtOnceAndTheConnectionServesAgain() {
        try (WireLab lab = new WireLab(Streaming::new);
                RawClient client = lab.client()) {
            for (int i = 0; i < 2; i++) {
                Reply head = client.send(GET).readHead();
                assertThat(head.header("Transfer-Encoding")).isEqualTo("chunked");
                StreamedAnswer answer = begun();
                lab.loop.run(it -> answer.write(text("one ")));
                lab.loop.run(it -> answer.write(text("two")));
                lab.loop.run(it -> answer.end());
                Reply whole = client.readBody(head);
                assertThat(whole.text()).isEqualTo("one two");
                assertThat(whole.chunks()).containsExactly(4, 3);
                assertThat(whole.end()).isEqualTo(End.CLEAN);
            }
        }
    }

    @Test
    void aClientOfHttp10ReadsToTheEndOfTheConnection() {
        try (WireLab lab = new WireLab(Streaming::new);
                RawClient client = lab.client()) {
            Reply head = client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    .readHead();
            assertThat(head.header("Transfer-Encoding")).isNull();
            StreamedAnswer answer = begun();
            lab.loop.run(it -> answer.write(text("all")));
            lab.loop.run(it -> answer.end());
            Reply whole = client.readBody(head);
            assertThat(whole.text()).isEqualTo("all");
            assertThat(whole.end()).isEqualTo(End.CLOSED);
        }
    }

    @Test
    void anAnswerThatIsCutDoesNotLookComplete() {
        try (WireLab lab = new WireLab(Streaming::new);
                RawClient client = lab.client()) {
            Reply head = client.send(GET).readHead();
            StreamedAnswer answer = begun();
            lab.loop.run(it -> answer.write(text("half")));
            lab.loop.run(it -> answer.cut());
            Reply whole = client.readBody(head);
            assertThat(whole.text()).isEqualTo("half");
            assertThat(whole.end()).isEqualTo(End.TRUNCATED);
        }
    }

    @Test
    void aClientThatIsSlowIsWaitedForAndGetsAll() {
        int pieces = 500;
        byte[] piece = new byte[16 * 1024];
        Arrays.fill(piece, (byte) 'x');
        try (WireLab lab = new WireLab(Streaming::new);
                RawClient client = lab.smallClient()) {
            Reply head = client.send(GET).readHead();
            StreamedAnswer answer = begun();
            int[] written = {0};
            Runnable goOn = () -> {
                while (written[0] < pieces && answer.writable()) {
                    answer.write(piece);
                    written[0]++;
                }
                if (written[0] == pieces) {
                    written[0]++;
                    answer.end();
                } else {
                    paused.incrementAndGet();
                }
            };
            whenWritable = goOn;
            lab.loop.run(it -> goOn.run());
            assertThat(paused.get()).isPositive(); // the client has read nothing yet
            assertThat(client.readBody(head).body()).hasSize(pieces * piece.length);
            Await.until("all memory back", () -> lab.memory.taken() == 0);
        }
    }

    @Test
    void theHandlerHearsThatItsClientLeft() {
        try (WireLab lab = new WireLab(Streaming::new)) {
            try (RawClient client = lab.client()) {
                client.send(GET).readHead();
                StreamedAnswer answer = begun();
                client.close();
                Await.until("the connection's end", () -> {
                    lab.loop.run(it -> {
                        if (left.get() == 0) {
                            answer.write(text("more"));
                        }
                    });
                    return left.get() == 1;
                });
            }
            assertThat(lab.server.connections()).isZero();
        }
    }
}
