package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.JsonText;
import io.penstock.protocol.translate.AnswerFacts;
import io.penstock.protocol.translate.CallOrder;
import io.penstock.server.face.Face.Facts;
import io.penstock.server.face.openrouter.JsonCopy.Span;
import io.penstock.server.relay.EventRewriter;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * Chat completions as OpenRouter shows them (OPENROUTER sections 4 and 5, and what the closed schemas of its own SDK refuse):
 *
 * <ul>
 *   <li>{@code id}, {@code object}, {@code created}, {@code model} and {@code provider} are ours;
 *   <li>{@code usage} is ours: in a stream once, at its end, whichever events the provider put it in; what tells a vendor's
 *       counts elsewhere ({@code x_groq} and the like) is dropped, and so is an event that then says nothing;
 *   <li>{@code finish_reason} is one of five words, or null; {@code native_finish_reason} is the provider's;
 *   <li>pieces of tool calls bear the index of their call, whatever the provider calls it; a call without an id gets one; a call
 *       in the older form, {@code function_call}, is a tool call like others unless the client asked in that form;
 *   <li>{@code reasoning_content} becomes {@code reasoning} and {@code reasoning_details};
 *   <li>nulls that the schemas refuse are left out; {@code system_fingerprint} is always in a whole answer, never null in a
 *       stream.
 * </ul>
 *
 * <p>All else passes byte for byte. An event that is not a JSON object is dropped, because every client's parser would stop
 * at it; the relay goes on, and what it delivered is counted. Event loop only.
 */
public final class ChatDialect implements EventRewriter {
    private static final int CHOICES_MAX = 128; // OpenAI's largest n; beyond, a choice's tool calls are not remembered

    private final Facts facts;
    private final Bill bill;
    private final boolean legacy; // completions: other names of objects, text in place of a message
    private final boolean olderCalls; // the client asked in the form of function_call
    private final BitSet called = new BitSet(); // choices that made tool calls, by index
    private final Map<Integer, Calls> calls = new HashMap<>(); // by choice

    /** The calls of one choice. */
    private static final class Calls {
        private final CallOrder order = new CallOrder();
        private final BitSet begun = new BitSet(); // those whose name was told
    }

    /** The bill is looked at only in {@link #end}. */
    public ChatDialect(Facts facts, Bill bill) {
        this(facts, bill, false, false);
    }

    /**
     * As above.
     *
     * @param legacy for OpenAI's older completions, which differ in little
     * @param olderCalls whether the client asked with {@code functions}, and so reads {@code function_call}
     */
    public ChatDialect(Facts facts, Bill bill, boolean legacy, boolean olderCalls) {
        this.facts = facts;
        this.bill = bill;
        this.legacy = legacy;
        this.olderCalls = olderCalls;
    }

    private String chunkObject() {
        return legacy ? "text_completion" : "chat.completion.chunk";
    }

    @Override
    public void event(ByteBuf in, int from, int to, ByteBuf out) {
        int start = out.writerIndex();
        boolean says = false;
        try (JsonCopy json = new JsonCopy(JsonCopy.line(in, from, to), out)) {
            json.raw("data: ");
            says = chunk(json);
            json.raw("\n\n");
        } catch (JacksonException notJson) {
            says = false;
        }
        if (!says) {
            out.writerIndex(start);
        }
    }

    @Override
    public void end(ByteBuf out) {
        out.writeCharSequence(
                "data: " + head(chunkObject()) + ",\"choices\":[],\"usage\":" + UsageJson.chat(bill)
                        + "}\n\ndata: [DONE]\n\n",
                StandardCharsets.UTF_8);
    }

    /**
     * A whole answer anew. The result is the caller's; {@code answer} is left alone. What is not a JSON object comes out as
     * it is.
     */
    public static ByteBuf plain(Facts facts, Bill bill, ByteBuf answer) {
        return plain(facts, bill, false, false, answer);
    }

    /** As above, with what the constructor knows. */
    public static ByteBuf plain(Facts facts, Bill bill, boolean legacy, boolean olderCalls, ByteBuf answer) {
        byte[] bytes = JsonCopy.bytes(answer, answer.readerIndex(), answer.writerIndex());
        String usage = UsageJson.chat(bill);
        ByteBuf out = answer.alloc().directBuffer(bytes.length + 1024);
        try (JsonCopy json = new JsonCopy(bytes, out)) {
            new ChatDialect(facts, bill, legacy, olderCalls).whole(json, usage);
        } catch (JacksonException notJson) {
            out.clear().writeBytes(answer, answer.readerIndex(), answer.readableBytes());
        }
        return out;
    }

    private String head(String object) {
        StringBuilder head = new StringBuilder(256).append("{\"id\":");
        JsonText.quote(head, facts.requestId()).append(",\"object\":\"").append(object);
        head.append("\",\"created\":").append(facts.createdSeconds()).append(",\"model\":");
        JsonText.quote(head, facts.model()).append(",\"provider\":");
        return JsonText.quoteOrNull(head, facts.provider()).toString();
    }

    /** Writes one chunk; false if it says nothing beside what every chunk has. */
    private boolean chunk(JsonCopy json) {
        boolean says = false;
        boolean choices = false;
        json.raw(head(chunkObject()));
        json.root();
        while (json.next()) {
            switch (json.name()) {
                case "id", "object", "created", "model", "provider" -> json.skip();
                case "usage", "x_groq", "amazon-bedrock-invocationMetrics" -> json.skip();
                case "choices" -> {
                    says |= choices(json);
                    choices = true;
                }
                case "system_fingerprint" -> copyUnlessNull(json);
                case "service_tier", "obfuscation" -> json.copy();
                default -> {
                    says |= !json.isNull();
                    json.copy();
                }
            }
        }
        json.finish();
        if (!choices) {
            json.member("choices").raw("[]");
        }
        json.end('}');
        return says;
    }

    private void whole(JsonCopy json, String usage) {
        boolean fingerprint = false;
        json.raw(head(legacy ? "text_completion" : "chat.completion"));
        json.root();
        while (json.next()) {
            switch (json.name()) {
                case "id", "object", "created", "model", "provider" -> json.skip();
                case "usage", "x_groq", "amazon-bedrock-invocationMetrics" -> json.skip();
                case "choices" -> choices(json);
                case "system_fingerprint" -> {
                    fingerprint = true;
                    json.copy();
                }
                default -> json.copy();
            }
        }
        json.finish();
        if (!fingerprint) {
            json.member("system_fingerprint").raw("null");
        }
        json.member("usage").raw(usage);
        json.end('}');
    }

    /** Writes the list of choices; false if it is empty. */
    private boolean choices(JsonCopy json) {
        boolean any = false;
        json.member("choices");
        json.begin('[');
        if (!json.isArray()) {
            json.skip();
        } else {
            while (json.nextElement()) {
                any = true;
                if (json.isObject()) {
                    choice(json);
                } else {
                    json.copyElement();
                }
            }
        }
        json.end(']');
        return any;
    }

    private void choice(JsonCopy json) {
        String reason = null;
        Span said = null;
        Span nativeReason = null;
        int index = 0;
        boolean calls = false;
        json.begin('{');
        while (json.next()) {
            switch (json.name()) {
                case "finish_reason" -> {
                    reason = json.isString() && !json.isBlank() ? FinishReason.of(json.text()) : null;
                    said = reason == null ? null : json.span();
                    json.skip();
                }
                case "native_finish_reason" -> nativeReason = json.isNull() ? skipped(json) : json.span();
                case "usage" -> json.skip(); // Moonshot's place for it
                case "index" -> {
                    index = index(json);
                    json.copy();
                }
                case "delta", "message" -> {
                    if (json.isObject()) {
                        boolean delta = json.name().equals("delta");
                        json.member(json.name());
                        calls |= message(json, index, delta);
                    } else {
                        json.copy();
                    }
                }
                default -> json.copy();
            }
        }
        if (calls && index >= 0 && index < CHOICES_MAX) {
            called.set(index);
        }
        if (FinishReason.STOP.equals(reason) && (calls || index >= 0 && called.get(index))) {
            reason = FinishReason.TOOL_CALLS; // some servers say "stop" all the same; agents go by this word
        }
        json.member("finish_reason").raw(reason == null ? "null" : '"' + reason + '"');
        Span provider = nativeReason == null ? said : nativeReason;
        json.member("native_finish_reason");
        if (provider == null) {
            json.raw("null");
        } else {
            json.raw(provider);
        }
        json.end('}');
    }

    private static @Nullable Span skipped(JsonCopy json) {
        json.skip();
        return null;
    }

    private static int index(JsonCopy json) {
        String digits = json.isString() ? "" : json.text();
        return digits.matches("[0-9]{1,4}") ? Integer.parseInt(digits) : -1;
    }

    /** Writes a message or a delta of that choice; true if it holds a tool call. */
    private boolean message(JsonCopy json, int choice, boolean delta) {
        Span reasoning = null;
        Span content = null; // of the reasoning, as text
        Span olderName = null;
        Span olderArguments = null;
        boolean nothing = false;
        boolean details = false;
        boolean called = false;
        json.begin('{');
        while (json.next()) {
            switch (json.name()) {
                case "reasoning" -> {
                    nothing |= json.isNull();
                    reasoning = json.isNull() ? skipped(json) : json.span();
                }
                case "reasoning_content" -> {
                    nothing |= json.isNull();
                    if (json.isString()) {
                        content = json.span();
                    } else {
                        copyUnlessNull(json);
                    }
                }
                case "reasoning_details" -> details |= copyUnlessNull(json);
                case "role" -> {
                    if (json.isBlank()) { // some servers repeat it, empty, in every delta
                        json.skip();
                    } else {
                        json.copy();
                    }
                }
                case "audio", "images", "model", "name" -> copyUnlessNull(json);
                case "tool_calls" -> {
                    if (json.isArray()) {
                        called = toolCalls(json, of(choice), delta);
                    } else {
                        copyUnlessNull(json);
                    }
                }
                case "function_call" -> {
                    if (olderCalls || !json.isObject()) {
                        json.copy();
                        break;
                    }
                    while (json.next()) {
                        switch (json.name()) {
                            case "name" -> olderName = json.isBlank() ? skipped(json) : json.span();
                            case "arguments" -> olderArguments = json.isString() ? json.span() : skipped(json);
                            default -> json.skip();
                        }
                    }
                }
                default -> json.copy();
            }
        }
        if (olderName != null || olderArguments != null) {
            called |= olderCall(json, of(choice), delta, olderName, olderArguments);
        }
        Span shown = reasoning == null ? content : reasoning;
        if (shown != null) {
            json.member("reasoning").raw(shown);
        } else if (nothing) {
            json.member("reasoning").raw("null");
        }
        if (!details && content != null && content.length() > 2) { // more than its quotes
            json.member("reasoning_details").raw("[{\"type\":\"reasoning.text\",\"text\":");
            json.raw(content).raw(",\"signature\":null,\"id\":null,\"format\":\"unknown\",\"index\":0}]");
        }
        json.end('}');
        return called;
    }

    private Calls of(int choice) {
        return choice < 0 || choice >= CHOICES_MAX ? new Calls() : calls.computeIfAbsent(choice, none -> new Calls());
    }

    /** The call of the older form, as the tool call that it is; false if others were made in the newer one. */
    private boolean olderCall(JsonCopy json, Calls of, boolean delta, @Nullable Span name, @Nullable Span arguments) {
        int number = of.order.older();
        if (number < 0) {
            return false;
        }
        json.member("tool_calls");
        json.begin('[');
        json.begin('{');
        if (delta) {
            json.member("index").raw("" + number);
        }
        if (name != null && !of.begun.get(number)) {
            of.begun.set(number);
            json.member("id").raw(callId(number)).member("type").raw("\"function\"");
        }
        json.member("function");
        json.begin('{');
        if (name != null) {
            json.member("name").raw(name);
        }
        if (arguments != null) {
            json.member("arguments").raw(arguments);
        }
        json.end('}');
        json.end('}');
        json.end(']');
        return true;
    }

    private String callId(int number) {
        return '"' + AnswerFacts.id("call_", facts.requestId()) + '_' + number + '"';
    }

    private boolean toolCalls(JsonCopy json, Calls of, boolean delta) {
        boolean any = false;
        json.member("tool_calls");
        json.begin('[');
        while (json.nextElement()) {
            any = true;
            if (json.isObject()) {
                toolCall(json, of, delta);
            } else {
                json.copyElement();
            }
        }
        json.end(']');
        return any;
    }

    /** A call or a piece of one: as it is, but for nulls where a piece repeats nothing, and for what tells calls apart. */
    private void toolCall(JsonCopy json, Calls of, boolean delta) {
        int index = -1;
        int indexFrom = -1;
        int indexTo = -1;
        String id = "";
        boolean identified = false;
        boolean named = false;
        boolean typed = false;
        json.begin('{');
        while (json.next()) {
            switch (json.name()) {
                case "index" -> {
                    if (json.isNull()) {
                        json.skip();
                        break;
                    }
                    index = index(json);
                    json.member("index");
                    indexFrom = json.written();
                    json.raw(json.span());
                    indexTo = json.written();
                }
                case "id" -> {
                    id = json.isString() ? json.text() : "";
                    if (json.isBlank()) {
                        json.skip();
                    } else {
                        identified = true;
                        json.copy();
                    }
                }
                case "type" -> {
                    typed |= !json.isBlank();
                    if (json.isBlank()) {
                        json.skip();
                    } else {
                        json.copy();
                    }
                }
                case "function" -> {
                    if (json.isObject()) {
                        json.member("function");
                        named = function(json);
                    } else {
                        copyUnlessNull(json);
                    }
                }
                default -> json.copy();
            }
        }
        int number = of.order.number(index, id, named);
        if (number >= 0 && named && !of.begun.get(number)) {
            of.begun.set(number);
            if (!identified && of.order.id(number).isEmpty()) {
                json.member("id").raw(callId(number));
            }
            if (!typed) {
                json.member("type").raw("\"function\"");
            }
        }
        if (number >= 0 && delta && indexFrom < 0) {
            json.member("index").raw("" + number);
        } else if (number >= 0 && delta && index != number) {
            json.rewrite(indexFrom, indexTo, "" + number);
        }
        json.end('}');
    }

    /** A call's function; true if it has a name. */
    private static boolean function(JsonCopy json) {
        boolean named = false;
        json.begin('{');
        while (json.next()) {
            switch (json.name()) {
                case "name" -> {
                    named |= json.isString() && !json.isBlank();
                    copyUnlessNull(json);
                }
                case "arguments" -> copyUnlessNull(json);
                default -> json.copy();
            }
        }
        json.end('}');
        return named;
    }

    private static boolean copyUnlessNull(JsonCopy json) {
        if (json.isNull()) {
            json.skip();
            return false;
        }
        json.copy();
        return true;
    }
}
