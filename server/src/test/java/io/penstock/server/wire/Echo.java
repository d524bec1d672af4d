package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers each request with its own body, at once, and notes what it was asked. */
class Echo implements RequestHandler {
    final List<String> heard = new ArrayList<>();
    private final HttpConnection client;

    Echo(HttpConnection client) {
        this.client = client;
    }

    @Override
    public Acceptance accept(RequestHead head, ByteBuf in) {
        heard.add("accept " + Bytes.text(in, head.pathStart(), head.pathEnd()));
        return Acceptance.KEPT;
    }

    @Override
    public void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner) {
        if (body == null) {
            throw new IllegalStateException("it was to be kept");
        }
        byte[] bytes = body.toByteArray();
        body.release();
        heard.add("answer " + new String(bytes, StandardCharsets.UTF_8));
        reply(200, bytes);
    }

    @Override
    public void refuse(GatewayError error) {
        heard.add("refuse " + error.message());
        reply(error.kind().status(), error.message().getBytes(StandardCharsets.UTF_8));
    }

    private void reply(int status, byte[] text) {
        Reply.end(client, Reply.begin(client, status, Reply.TEXT, false, text.length), text);
        client.exchangeEnded(false);
    }

    @Override
    public void clientLeft() {
        heard.add("left");
    }
}
