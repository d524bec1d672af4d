package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.JsonText;
import io.penstock.server.face.Face.Facts;
import tools.jackson.core.JacksonException;

/** Embeddings as OpenRouter shows them: {@code id} and {@code model} are ours, {@code usage} has the cost. Static. */
public final class EmbeddingsDialect {
    private EmbeddingsDialect() {}

    /**
     * A whole answer anew. The result is the caller's; {@code answer} is left alone. What is not a JSON object comes out as
     * it is.
     */
    public static ByteBuf plain(Facts facts, Bill bill, ByteBuf answer) {
        byte[] bytes = Dialect.bytes(answer, answer.readerIndex(), answer.writerIndex());
        String usage = UsageJson.embeddings(bill);
        ByteBuf out = answer.alloc().directBuffer(bytes.length + 512);
        try (StreamCopy json = new StreamCopy(bytes, out)) {
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
        } catch (JacksonException notJson) {
            out.clear().writeBytes(answer, answer.readerIndex(), answer.readableBytes());
        }
        return out;
    }
}
