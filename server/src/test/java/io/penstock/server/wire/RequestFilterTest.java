package io.penstock.server.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError.ForeignOrigin;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.RequestHead;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What stands in front of a handler may refuse, answer itself, and see what goes out, without the handler knowing. */
class RequestFilterTest {
    private final List<Echo> handlers = new CopyOnWriteArrayList<>();
    private final Map<String, byte[]> answers = new ConcurrentHashMap<>(); // heads and all, by path
    private final List<String> order = new CopyOnWriteArrayList<>();

    private Echo echo(HttpConnection client) {
        Echo echo = new Echo(client);
        handlers.add(echo);
        return echo;
    }

    /** Repeats an answer to whoever asks for its path again, as a table of idempotency keys would. */
    private final class Once extends RequestFilter {
        private final HttpConnection client;
        private String path = "";

        Once(RequestHandler next, HttpConnection client) {
            super(next);
            this.client = client;
        }

        @Override
        public Acceptance accept(RequestHead head, ByteBuf in) {
            path = Bytes.text(in, head.pathStart(), head.pathEnd());
            return super.accept(head, in);
        }

        @Override
        public void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner) {
            byte[] known = answers.get(path);
            if (known != null) {
                if (body != null) {
                    body.release();
                }
                client.write(client.channel().alloc().directBuffer().writeBytes(known));
                client.exchangeEnded(false);
                return;
            }
            client.recordedBy(new AnswerRecorder() {
                private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

                @Override
                public void written(ByteBuf piece) {
                    byte[] copy = new byte[piece.readableBytes()];
                    piece.getBytes(piece.readerIndex(), copy);
                    bytes.writeBytes(copy);
                }

                @Override
                public void ended(boolean cut) {
                    if (!cut) {
                        answers.put(path, bytes.toByteArray());
                    }
                }
            });
            super.answer(body, scanner);
        }
    }

    /** Refuses a path by its head. */
    private final class Guard extends RequestFilter {
        Guard(RequestHandler next) {
            super(next);
        }

        @Override
        public Acceptance accept(RequestHead head, ByteBuf in) {
            order.add("guard");
            String path = Bytes.text(in, head.pathStart(), head.pathEnd());
            return path.equals("/forbidden")
                    ? Acceptance.refused(new ForeignOrigin("not for you"))
                    : super.accept(head, in);
        }
    }

    private static String post(String path, String body) {
        return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Test
    void aRequestIsAnsweredBeforeItReachesTheHandler() {
        RequestHandler.Factory chain =
                RequestFilter.chain(List.of((next, client) -> new Once(next, client)), this::echo);
        try (WireLab lab = new WireLab(chain);
                RawClient client = lab.client()) {
            assertThat(client.send(post("/a", "first")).read().text()).isEqualTo("first");
            Reply again = client.send(post("/a", "second")).read();
            assertThat(again.text()).isEqualTo("first");
            assertThat(again.end()).isEqualTo(RawClient.End.CLEAN);
            assertThat(client.send(post("/b", "third")).read().text()).isEqualTo("third");
            assertThat(handlers).hasSize(1);
            assertThat(handlers.get(0).heard)
                    .containsExactly("accept /a", "answer first", "accept /a", "accept /b", "answer third");
            try (RawClient other = lab.client()) { // the filter's memory is of all connections
                assertThat(other.send(post("/b", "fourth")).read().text()).isEqualTo("third");
            }
            Await.until("all memory back", () -> lab.memory.taken() == 0);
        }
    }

    @Test
    void aRequestIsRefusedInTheWordsOfTheHandlerBehind() {
        RequestHandler.Factory chain = RequestFilter.chain(
                List.of((next, client) -> new Guard(next), (next, client) -> new RequestFilter(next) {
                    @Override
                    public Acceptance accept(RequestHead head, ByteBuf in) {
                        order.add("inner");
                        return super.accept(head, in);
                    }
                }),
                this::echo);
        try (WireLab lab = new WireLab(chain);
                RawClient client = lab.client()) {
            Reply refused = client.send(post("/forbidden", "x")).read();
            assertThat(refused.status()).isEqualTo(403);
            assertThat(refused.text()).contains("not for you");
            assertThat(client.send(post("/allowed", "y")).read().text()).isEqualTo("y");
            assertThat(order).containsExactly("guard", "guard", "inner"); // the first is outermost
            assertThat(handlers.get(0).heard)
                    .containsExactly("refuse " + refused.text(), "accept /allowed", "answer y");
        }
    }
}
