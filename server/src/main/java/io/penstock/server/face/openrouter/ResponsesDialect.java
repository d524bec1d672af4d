package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.JsonText;
import io.penstock.server.face.Face.Facts;
import io.penstock.server.relay.EventRewriter;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Responses as OpenRouter shows them: {@code id} and {@code model} of the response are ours, wherever an event holds it, and
 * the {@code usage} at the end is the settled one with its cost.
 *
 * <p>Every other event passes byte for byte. What is not a JSON object is dropped, as in {@link ChatDialect}. Holds one
 * event, the last, on the heap until the settlement; the relay bounds its size. Event loop only.
 */
public final class ResponsesDialect implements EventRewriter {
    private final Facts facts;
    private final Bill bill;
    private byte @Nullable [] last;

    /** The bill is looked at only in {@link #end}. */
    public ResponsesDialect(Facts facts, Bill bill) {
        this.facts = facts;
        this.bill = bill;
    }

    @Override
    public void event(ByteBuf in, int from, int to, ByteBuf out) {
        write(JsonCopy.line(in, from, to), null, out);
    }

    @Override
    public void last(ByteBuf in, int from, int to) {
        last = JsonCopy.line(in, from, to);
    }

    @Override
    public void end(ByteBuf out) {
        byte[] event = last;
        if (event != null && !write(event, UsageJson.responses(bill), out)) {
            throw new IllegalStateException("the last event is not JSON"); // without it no answer looks complete
        }
    }

    /**
     * A whole answer anew. The result is the caller's; {@code answer} is left alone. What is not a JSON object comes out as
     * it is.
     */
    public static ByteBuf plain(Facts facts, Bill bill, ByteBuf answer) {
        byte[] bytes = JsonCopy.bytes(answer, answer.readerIndex(), answer.writerIndex());
        String usage = UsageJson.responses(bill);
        ByteBuf out = answer.alloc().directBuffer(bytes.length + 1024);
        try (JsonCopy json = new JsonCopy(bytes, out)) {
            json.root();
            new ResponsesDialect(facts, bill).response(json, usage);
            json.finish();
        } catch (JacksonException notJson) {
            out.clear().writeBytes(answer, answer.readerIndex(), answer.readableBytes());
        }
        return out;
    }

    /** Writes an event; false, and nothing is written, if it is not a JSON object. */
    private boolean write(byte[] bytes, @Nullable String usage, ByteBuf out) {
        int start = out.writerIndex();
        try (JsonCopy json = new JsonCopy(bytes, out)) {
            MessagesDialect.open(MessagesDialect.type(bytes, out), out);
            json.raw("{");
            json.root();
            while (json.next()) {
                if (json.name().equals("response") && json.isObject()) {
                    json.member("response");
                    response(json, usage);
                } else {
                    json.copy();
                }
            }
            json.end('}');
            json.raw("\n\n");
            return true;
        } catch (JacksonException notJson) {
            out.writerIndex(start);
            return false;
        }
    }

    /** Writes a response; with this usage, or the one it has. */
    private void response(JsonCopy json, @Nullable String usage) {
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
