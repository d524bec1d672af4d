package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.JsonText;
import io.penstock.server.face.Face.Facts;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's messages as OpenRouter shows them: the message's {@code id} and {@code model} are ours, {@code provider} is
 * added, and the final {@code usage} is the settled one with its cost.
 *
 * <p>That one stands in the last {@code message_delta}, which is therefore held back until the settlement; if another follows
 * (one is usual), the earlier goes out as it came. Every other event passes byte for byte. What is not a JSON object is
 * dropped, as in {@link ChatDialect}. Holds at most one event, on the heap, whose size the relay bounds. Event loop only.
 */
public final class MessagesDialect extends Dialect {
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
    boolean event(JsonCopy json, ByteBuf out) {
        String type = type(json);
        byte[] earlier = delta;
        if (type.equals("message_delta")) {
            delta = json.toBytes();
            if (earlier == null) {
                return true;
            }
            open(type, out);
            out.writeBytes(earlier);
        } else {
            open(type, out);
            if (type.equals("message_start")) {
                messageStart(json);
            } else {
                json.copyAll();
            }
        }
        json.raw("\n\n");
        return true;
    }

    @Override
    public void end(ByteBuf out) {
        byte[] last = delta == null ? NO_DELTA : delta;
        String usage = UsageJson.messages(bill);
        open("message_delta", out);
        try (StreamCopy json = new StreamCopy(last, out)) {
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

    /** A whole answer anew; see {@link Dialect#whole}. */
    public static ByteBuf plain(Facts facts, Bill bill, ByteBuf answer) {
        String usage = UsageJson.messages(bill);
        return whole(answer, json -> {
            json.root();
            message(json, facts, usage);
            json.finish();
        });
    }

    /** The {@code type} of a document that is looked at to its end; empty if it has none that can name an event. */
    static String type(JsonCopy json) {
        String type = "";
        json.root();
        while (json.next()) {
            if (json.name().equals("type") && json.isString()) {
                type = json.text();
            }
            json.skip();
        }
        json.finish();
        return isName(type) ? type : "";
    }

    private static boolean isName(String type) {
        for (int i = 0; i < type.length(); i++) {
            char c = type.charAt(i);
            if (!(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '.')) {
                return false;
            }
        }
        return true;
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
                message(json, facts, null);
            } else {
                json.copy();
            }
        }
        json.end('}');
    }

    /** Writes a message; with this usage, or the one it has. */
    private static void message(JsonCopy json, Facts facts, @Nullable String usage) {
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
