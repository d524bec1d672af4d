package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.RequestHead;
import io.penstock.server.upstream.Credential;
import io.penstock.server.upstream.UpstreamConnection;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.RequestBody;

/** Writes a request to a provider: our head, and the body as the offer needs it. Static; event loop only. */
final class RequestSending {
    private static final int COPIED_BODY_BYTES_MAX = 16 * 1024; // below, one buffer costs less than slices do
    private static final int HEAD_BYTES = 1024;
    private static final byte[] BETA = Bytes.ascii("?beta=true");

    private RequestSending() {}

    static void send(
            HttpConnection client,
            Attempt attempt,
            ProtocolBridge bridge,
            Credential shown,
            UpstreamConnection connection) {
        Approach approach = attempt.approach();
        BodyEdits edits = attempt.loop().edits();
        RequestBody body = bridge.collect(edits);
        int bytes = edits.bytes(body);
        boolean copied = bytes <= COPIED_BODY_BYTES_MAX;
        boolean beta = bridge.takesBeta() && betaAsked(client.head(), client.headBytes());
        ByteBuf out = attempt.allocator().directBuffer(HEAD_BYTES + (copied ? bytes : 0));
        approach.target().writeHead(out, shown, approach.asked(), beta, client.head(), client.headBytes(), bytes);
        attempt.sends();
        if (copied) {
            edits.copy(body, out);
            connection.send(out);
        } else {
            edits.write(body, out, connection);
        }
    }

    private static boolean betaAsked(RequestHead head, ByteBuf in) {
        return Bytes.equals(in, head.pathEnd(), head.targetEnd(), BETA);
    }
}
