package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.ResponseHead;
import io.penstock.server.testkit.Await;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Asks on the connection that it is handed, and remembers what came of it. */
final class Asking implements AttemptListener {
    private static final String REQUEST = "POST / HTTP/1.1\r\nHost: lab\r\nContent-Length: 0\r\n\r\n";

    private final CompletableFuture<String> end = new CompletableFuture<>();
    private final StringBuilder body = new StringBuilder();
    private @Nullable BodyFraming framing;
    private volatile @Nullable UpstreamConnection connection;

    /** The body of the answer, or why there is none; waits for it. */
    String end() throws Exception {
        return end.get(Await.SECONDS, TimeUnit.SECONDS);
    }

    @Nullable
    UpstreamConnection connection() {
        return connection;
    }

    @Override
    public void connected(UpstreamConnection it) {
        connection = it;
        it.send(Unpooled.copiedBuffer(REQUEST, StandardCharsets.US_ASCII));
    }

    @Override
    public void connectFailed(String why) {
        end.complete(why);
    }

    @Override
    public void head(ResponseHead head, BodyFraming itsFraming, ByteBuf in) {
        framing = itsFraming;
    }

    @Override
    public void body(ByteBuf bytes) {
        BodyFraming walk = framing;
        int to = bytes.writerIndex();
        for (int i = bytes.readerIndex(); walk != null && walk.next(bytes, i, to); i = walk.payloadEnd()) {
            body.append(bytes.toString(
                    walk.payloadStart(), walk.payloadEnd() - walk.payloadStart(), StandardCharsets.US_ASCII));
        }
        bytes.release();
    }

    @Override
    public void readComplete() {}

    @Override
    public void messageEnded() {
        end.complete(body.toString());
    }

    @Override
    public void mishap(Throwable bug) {
        throw new AssertionError(bug);
    }

    @Override
    public void connectionLost(String why, boolean answered, boolean sent) {
        end.complete(why);
    }
}
