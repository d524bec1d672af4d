package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.JsonText;
import io.penstock.server.face.Face.Facts;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Responses as OpenRouter shows them: {@code id} and {@code model} of the response are ours, wherever an event holds it, and
 * the {@code usage} at the end is the settled one with its cost.
 *
 * <p>Every other event passes byte for byte. What is not a JSON object is dropped, as in {@link ChatDialect}. Holds one
 * event, the last, on the heap until the settlement; the relay bounds its size. Event loop only.
 */
public final class ResponsesDialect extends Dialect {
    private final Facts facts;
    private final Bill bill;
    private byte @Nullable [] last;

    /** The bill is looked at only in {@link #end}. */
    public ResponsesDialect(Facts facts, Bill bill) {
        this.facts = facts;
        this.bill = bill;
    }

    @Override
    boolean event(JsonCopy json, ByteBuf out) {
        write(json, null, out);
        return true;
    }

    @Override
    public void last() {
        last = line();
    }

    @Override
    public void end(ByteBuf out) {
        byte[] event = last;
        if (event == null) {
            return;
        }
        try (StreamCopy json = new StreamCopy(event, out)) {
            write(json, UsageJson.responses(bill), out);
        } catch (JacksonException notJson) { // without it no answer looks complete
            throw new IllegalStateException("the last event is not JSON", notJson);
        }
    }

    /** A whole answer anew; see {@link Dialect#whole}. */
    public static ByteBuf plain(Facts facts, Bill bill, ByteBuf answer) {
        String usage = UsageJson.responses(bill);
        return whole(answer, json -> {
            json.root();
            response(json, facts, usage);
            json.finish();
        });
    }

    /** Writes an event; with this usage, or the one it has. */
    private void write(JsonCopy json, @Nullable String usage, ByteBuf out) {
        MessagesDialect.open(MessagesDialect.type(json), out);
        json.raw("{");
        json.root();
        while (json.next()) {
            if (json.name().equals("response") && json.isObject()) {
                json.member("response");
                response(json, facts, usage);
            } else {
                json.copy();
            }
        }
        json.end('}');
        json.raw("\n\n");
    }

    /** Writes a response; with this usage, or the one it has. */
    private static void response(JsonCopy json, Facts facts, @Nullable String usage) {
        StringBuilder head = new StringBuilder(256).append("{\"id\":");
        JsonText.quote(head, facts.requestId()).append(",\"model\":");
        json.raw(JsonText.quote(head, facts.model()).toString());
        while (json.next()) {
            switch (json.name()) {
                case "id", "model" -> json.skip();
                case "usage" -> {
                    if (usage == null) {
                        json.copy();
                    } else {
                        json.skip();
                    }
                }
                default -> json.copy();
            }
        }
        if (usage != null) {
            json.member("usage").raw(usage);
        }
        json.end('}');
    }
}
