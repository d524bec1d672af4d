package io.penstock.server.face.openrouter;

import io.penstock.protocol.JsonText;
import io.penstock.server.face.Face.Facts;
import io.penstock.server.face.openrouter.JsonCopy.Span;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a chunk or a whole answer of chat completions looks in {@link ChatDialect}. Belongs to one answer; not thread-safe. */
final class ChatForm {
    private static final int CHOICES_MAX = 128; // OpenAI's largest n; beyond, a choice's tool calls are not remembered

    private final Facts facts;
    private final boolean legacy; // completions: other names of objects, text in place of a message
    private final boolean olderCalls; // the client asked in the form of function_call
    private final String chunkHead;
    private final BitSet called = new BitSet(); // choices that made tool calls, by index
    private final Map<Integer, ToolCalls> calls = new HashMap<>(); // by choice

    ChatForm(Facts facts, boolean legacy, boolean olderCalls) {
        this.facts = facts;
        this.legacy = legacy;
        this.olderCalls = olderCalls;
        this.chunkHead = head(legacy ? "text_completion" : "chat.completion.chunk");
    }

    /** How every chunk begins, from its brace to its last member that is ours. */
    String chunkHead() {
        return chunkHead;
    }

    private String head(String object) {
        StringBuilder head = new StringBuilder(256).append("{\"id\":");
        JsonText.quote(head, facts.requestId()).append(",\"object\":\"").append(object);
        head.append("\",\"created\":").append(facts.createdSeconds()).append(",\"model\":");
        JsonText.quote(head, facts.model()).append(",\"provider\":");
        return JsonText.quoteOrNull(head, facts.provider()).toString();
    }

    /** Writes one chunk; false if it says nothing beside what every chunk has. */
    boolean chunk(JsonCopy json) {
        boolean says = false;
        boolean choices = false;
        json.raw(chunkHead);
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

    /** Writes a whole answer, with this usage. */
    void whole(JsonCopy json, String usage) {
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
                    index = json.index();
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
                        called = of(choice).write(json, delta);
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
            called |= of(choice).older(json, delta, olderName, olderArguments);
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

    private ToolCalls of(int choice) {
        return choice < 0 || choice >= CHOICES_MAX
                ? new ToolCalls(facts)
                : calls.computeIfAbsent(choice, none -> new ToolCalls(facts));
    }

    /** False if there was nothing to copy. */
    static boolean copyUnlessNull(JsonCopy json) {
        if (json.isNull()) {
            json.skip();
            return false;
        }
        json.copy();
        return true;
    }
}
