package io.penstock.server.admin;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.BodyTooLarge;
import io.penstock.error.GatewayError.ForeignOrigin;
import io.penstock.error.GatewayError.MalformedRequest;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import io.penstock.server.wire.Acceptance;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.Reply;
import io.penstock.server.wire.RequestBody;
import io.penstock.server.wire.RequestHandler;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The admin API's answers on one connection, made off the event loop; then the connection ends, for whoever asks here asks once.
 * Event loop only but for the answer's making.
 */
final class AdminRequests implements RequestHandler {
    static final int BODY_BYTES_MAX = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(AdminRequests.class);

    private final HttpConnection client;
    private final AdminRoutes routes;
    private final Executor executor;
    private String method = "";
    private String path = "";
    private boolean inBody;
    private boolean gone;

    AdminRequests(HttpConnection client, AdminRoutes routes, Executor executor) {
        this.client = client;
        this.routes = routes;
        this.executor = executor;
    }

    @Override
    public Acceptance accept(RequestHead head, ByteBuf in) {
        method = Bytes.text(in, head.methodStart(), head.methodEnd());
        path = Bytes.text(in, head.pathStart(), head.pathEnd());
        if (head.has(Header.ORIGIN)) {
            return Acceptance.refused(new ForeignOrigin("this is not for web pages"));
        }
        inBody = true;
        return Acceptance.KEPT;
    }

    @Override
    public void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner) {
        if (body == null) {
            throw new IllegalStateException("the body is kept");
        }
        byte[] received = body.toByteArray();
        body.release();
        try {
            executor.execute(() -> {
                AdminAnswer made;
                try {
                    made = routes.answer(method, path, received);
                } catch (Throwable bug) { // an Error too: whoever asked must not wait for ever
                    LOG.error("{} {} failed", method, path, bug);
                    made = AdminAnswer.error(500, "internal server error");
                }
                AdminAnswer answer = made;
                client.loop().eventLoop().execute(() -> answer(answer));
            });
        } catch (RejectedExecutionException busy) {
            answer(AdminAnswer.error(503, "too many requests wait already"));
        }
    }

    private void answer(AdminAnswer answer) {
        if (gone) {
            return;
        }
        byte[] json = answer.json().getBytes(StandardCharsets.UTF_8);
        ByteBuf out = Reply.begin(client, answer.status(), Reply.JSON, false, json.length);
        Reply.noStore(out);
        client.endAtClose();
        Reply.end(client, out, json);
        client.exchangeEnded(false);
    }

    @Override
    public void refuse(GatewayError error) {
        answer(AdminAnswer.error(error.kind().status(), words(error)));
    }

    private String words(GatewayError error) {
        if (error instanceof ForeignOrigin foreign) {
            return foreign.hint();
        }
        if (error instanceof BodyTooLarge) {
            return "request body too large: at most " + BODY_BYTES_MAX + " bytes";
        }
        return inBody && error instanceof MalformedRequest malformed
                ? "failed to read request body: " + malformed.hint()
                : error.message();
    }

    @Override
    public void clientLeft() {
        gone = true;
    }
}
