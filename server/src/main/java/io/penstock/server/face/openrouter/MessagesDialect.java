package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.JsonText;
import io.penstock.server.face.Face.Facts;
import io.penstock.server.relay.EventRewriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Anthropic's messages as OpenRouter shows them: the message's {@code id} and {@code model} are ours, {@code provider} is
 * added, and the final {@code usage} is the settled one with its cost.
 *
 * <p>That one stands in the last {@code message_delta}, which is therefore held back until the settlement; if another follows
 * (one is usual), the earlier goes out as it came. Every other event passes byte for byte. What is not a JSON object is
 * dropped, as in {@link ChatDialect}. Holds at most one event, on the heap, whose size the relay bounds. Event loop only.
 */
public final class MessagesDialect implements EventRewriter {
    private static final byte[] NO_DELTA =
            "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null}}"
                    .getBytes(StandardCharsets.US_ASCII);
    private static final String STOP = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    private final Facts facts;
    private final Bill bill;
    private byte @Nullable [] delta;

    /** The bill is looked at only in {@link #end}. */
    public MessagesDialect(Facts facts, Bill bill) {
        this.facts = facts;
        this.bill = bill;
    }

    @Override
    public void event(ByteBuf in, int from, int to, ByteBuf out) {
        byte[] bytes = JsonCopy.line(in, from, to);
        int start = out.writerIndex();
        try (JsonCopy json = new JsonCopy(bytes, out)) {
            String type = type(bytes, out);
            switch (type) {
                case "message_start" -> {
                    open(type, out);
                    messageStart(json);
                    json.raw("\n\n");
                }
                case "message_delta" -> {
                    byte[] earlier = delta;
                    delta = bytes;
                    if (earlier != null) {
                        open(type, out);
                        out.writeBytes(earlier);
                        json.raw("\n\n");
                    }
                }
                default -> {
                    open(type, out);
                    out.writeBytes(bytes);
                    json.raw("\n\n");
                }
            }
        } catch (JacksonException notJson) {
            out.writerIndex(start);
        }
    }

    @Override
    public void end(ByteBuf out) {
        byte[] last = delta == null ? NO_DELTA : delta;
        String usage = UsageJson.messages(bill);
        open("message_delta", out);
        try (JsonCopy json = new JsonCopy(last, out)) {
            boolean told = false;
            json.raw("{");
            json.root();
            while (json.next()) {
                if (json.name().equals("usage")) {
                    told |= usage(json, usage, told);
                } else {
                    json.copy();
                }
            }
            if (!told) {
                json.member("usage").raw("{").raw(usage).raw("}");
            }
            json.raw("}\n\n").raw(STOP);
        }
    }

    /**
     * A whole answer anew. The result is the caller's; {@code answer} is left alone. What is not a JSON object comes out as
     * it is.
     */
    public static ByteBuf plain(Facts facts, Bill bill, ByteBuf answer) {
        byte[] bytes = JsonCopy.bytes(answer, answer.readerIndex(), answer.writerIndex());
        String usage = UsageJson.messages(bill);
        ByteBuf out = answer.alloc().directBuffer(bytes.length + 1024);
        try (JsonCopy json = new JsonCopy(bytes, out)) {
            json.root();
            new MessagesDialect(facts, bill).message(json, usage);
            json.finish();
        } catch (JacksonException notJson) {
            out.clear().writeBytes(answer, answer.readerIndex(), answer.readableBytes());
        }
        return out;
    }

    /** The {@code type} of a document that is looked at to its end; empty if it has none that can name an event. */
    static String type(byte[] bytes, ByteBuf out) {
        String type = "";
        try (JsonCopy json = new JsonCopy(bytes, out)) {
            json.root();
            while (json.next()) {
                if (json.name().equals("type") && json.isString()) {
                    type = json.text();
                }
                json.skip();
            }
            json.finish();
        }
        return type.matches("[A-Za-z0-9_.]+") ? type : "";
    }

    /** Writes what stands before an event's data. */
    static void open(String type, ByteBuf out) {
        String name = type.isEmpty() ? "" : "event: " + type + "\n";
        out.writeCharSequence(name + "data: ", StandardCharsets.US_ASCII);
    }

    private void messageStart(JsonCopy json) {
        json.raw("{");
        json.root();
        while (json.next()) {
            if (json.name().equals("message") && json.isObject()) {
                json.member("message");
                message(json, null);
            } else {
                json.copy();
            }
        }
        json.end('}');
    }

    /** Writes a message; with this usage, or the one it has. */
    private void message(JsonCopy json, @Nullable String usage) {
        boolean told = usage == null;
        StringBuilder head = new StringBuilder(256).append("{\"id\":");
        JsonText.quote(head, facts.requestId()).append(",\"model\":");
        JsonText.quote(head, facts.model()).append(",\"provider\":");
        json.raw(JsonText.quoteOrNull(head, facts.provider()).toString());
        while (json.next()) {
            switch (json.name()) {
                case "id", "model", "provider" -> json.skip();
                case "usage" -> {
                    if (usage == null) {
                        json.copy();
                    } else {
                        told |= usage(json, usage, told);
                    }
                }
                default -> json.copy();
            }
        }
        if (!told) {
            json.member("usage").raw("{").raw(String.valueOf(usage)).raw("}");
        }
        json.end('}');
    }

    /** Writes the settled usage, and behind it what else the provider told in its own (server tools, service tier). */
    private static boolean usage(JsonCopy json, String usage, boolean again) {
        if (again || !json.isObject()) {
            json.skip();
            return again;
        }
        json.member("usage");
        json.begin('{');
        json.raw(usage);
        while (json.next()) {
            switch (json.name()) {
                case "input_tokens",
                        "output_tokens",
                        "cache_read_input_tokens",
                        "cache_creation_input_tokens",
                        "cache_creation",
                        "output_tokens_details",
                        "cost",
                        "is_byok",
                        "cost_details" -> json.skip();
                default -> json.copy();
            }
        }
        json.end('}');
        return true;
    }
}
