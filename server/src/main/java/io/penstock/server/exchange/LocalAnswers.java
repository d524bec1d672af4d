package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError.UnknownModel;
import io.penstock.error.GatewayException;
import io.penstock.server.face.Face;
import io.penstock.server.face.Faces;
import io.penstock.server.face.Operation;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.RequestHead;
import io.penstock.server.upstream.ProviderRegistry;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.Reply;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers that need no provider: model lists, health, metrics. Static; event loop only. */
final class LocalAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(LocalAnswers.class);
    private static final byte[] OK = Bytes.ascii("ok\n");
    private static final byte[] DRAINING = Bytes.ascii("draining\n");
    private static final byte[] STORE_DOWN = Bytes.ascii("store unavailable\n");

    private LocalAnswers() {}

    static void answer(HttpConnection client, ExchangeResources shared, Face face, Faces.Path path) {
        String requestId = client.requestId();
        RequestHead head = client.head();
        ByteBuf in = client.headBytes();
        ProviderRegistry registry = shared.models().now();
        byte[] type = Reply.TEXT;
        byte[] body = OK;
        int status = 200;
        try {
            switch (path.operation()) {
                case MODELS -> {
                    type = Reply.JSON;
                    int query = Math.min(head.pathEnd() + 1, head.targetEnd());
                    body = face.models(registry.catalog(), registry.auto(), Bytes.text(in, query, head.targetEnd()));
                }
                case MODEL -> {
                    type = Reply.JSON;
                    String id = Faces.modelId(path, head, in);
                    byte[] found = face.model(registry.catalog(), registry.auto(), id);
                    if (found == null) {
                        throw new GatewayException(new UnknownModel(
                                id, registry.catalog().resolve(id).ids()));
                    }
                    body = found;
                }
                case READY -> {
                    boolean store = shared.store().ledger().available();
                    status = client.server().draining() || !store ? 503 : 200;
                    body = client.server().draining() ? DRAINING : store ? OK : STORE_DOWN;
                }
                case METRICS -> {
                    type = shared.metrics().contentType();
                    body = shared.metrics().scrape();
                }
                default -> {}
            }
        } catch (GatewayException refused) {
            type = Reply.JSON;
            status = face.status(refused.error());
            body = face.error(refused.error(), requestId);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError bug) {
            LOG.error("request {} for {} failed", requestId, path, bug);
            type = Reply.JSON;
            status = 500;
            body = (path.operation() == Operation.MODELS
                            ? "{\"error\":{\"message\":\"failed to list models\",\"type\":\"server_error\",\"param\":null,\"code\":null}}"
                            : "{\"error\":{\"message\":\"internal server error\",\"type\":\"server_error\",\"param\":null,\"code\":null}}")
                    .getBytes(StandardCharsets.UTF_8);
        }
        Reply.end(client, Reply.begin(client, status, type, face.requestIdHeader(), body.length), body);
        client.exchangeEnded(false);
    }
}
