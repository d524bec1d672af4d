package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.JsonText;
import io.penstock.server.face.Face.Facts;

/** Embeddings as OpenRouter shows them: {@code id} and {@code model} are ours, {@code usage} has the cost. Static. */
public final class EmbeddingsDialect {
    private EmbeddingsDialect() {}

    /** A whole answer anew; see {@link Dialect#whole}. */
    public static ByteBuf plain(Facts facts, Bill bill, ByteBuf answer) {
        String usage = UsageJson.embeddings(bill);
        return Dialect.whole(answer, json -> {
            StringBuilder head = new StringBuilder(256).append("{\"id\":");
            JsonText.quote(head, facts.requestId()).append(",\"model\":");
            json.raw(JsonText.quote(head, facts.model()).toString());
            json.root();
            while (json.next()) {
                switch (json.name()) {
                    case "id", "model", "usage" -> json.skip();
                    default -> json.copy();
                }
            }
            json.finish();
            json.member("usage").raw(usage);
            json.end('}');
        });
    }
}
