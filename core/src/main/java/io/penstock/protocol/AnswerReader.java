package io.penstock.protocol;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/**
 * Reads a whole plain answer of either protocol: usage, why it ended, whether it is an error in disguise (status 200
 * around {@code {"error":…}}), and how much text it has, for an estimate should usage be missing. What it tells is valid
 * until the next read. Not thread-safe.
 */
public final class AnswerReader {
    private final ScriptCounter text = new ScriptCounter();
    private boolean answered;
    private boolean hasError;
    private @Nullable String finishReason;
    private @Nullable String errorMessage;
    private @Nullable String errorType;
    private @Nullable String errorCode;

    /**
     * Reads {@code json[from, to)}. False if that is not one JSON object; then nothing is told, and the counter is as it
     * was. Never throws for what the bytes are.
     */
    public boolean read(Protocol protocol, byte[] json, int from, int to, UsageCounter usage) {
        reset();
        usage.begin();
        try (JsonParser parser = StrictJson.parser(json, from, to)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return false;
            }
            while (StrictJson.nextMember(parser)) {
                if (parser.currentName().equals("error")) {
                    error(parser);
                } else if (protocol == Protocol.OPENAI) {
                    openAiMember(parser, usage);
                } else {
                    anthropicMember(parser, json, from, usage);
                }
            }
            if (StrictJson.ends(parser)) {
                usage.commit();
                return true;
            }
        } catch (JacksonException e) {
            // not JSON: told below
        }
        reset();
        return false;
    }

    /** True if the answer is an error and nothing else. */
    public boolean isError() {
        return hasError && !answered;
    }

    /** The error's message; null if it has none, or {@link #isError} is false. */
    public @Nullable String errorMessage() {
        return isError() ? errorMessage : null;
    }

    /** The error's type, in the provider's words, or null. */
    public @Nullable String errorType() {
        return isError() ? errorType : null;
    }

    /** The error's code, a number or a word, as text, or null. */
    public @Nullable String errorCode() {
        return isError() ? errorCode : null;
    }

    /** {@code finish_reason} of the first choice, or {@code stop_reason}; null if absent. */
    public @Nullable String finishReason() {
        return finishReason;
    }

    /** All text that the model wrote: content, reasoning, names and arguments of tools. */
    public ScriptCounter text() {
        return text;
    }

    private void reset() {
        text.reset();
        answered = false;
        hasError = false;
        finishReason = null;
        errorMessage = null;
        errorType = null;
        errorCode = null;
    }

    private void error(JsonParser parser) {
        if (parser.currentToken() == JsonToken.VALUE_NULL) {
            return;
        }
        hasError = true;
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            errorMessage = scalar(parser);
            return;
        }
        while (StrictJson.nextMember(parser)) {
            switch (parser.currentName()) {
                case "message" -> errorMessage = scalar(parser);
                case "type" -> errorType = scalar(parser);
                case "code" -> errorCode = scalar(parser);
                default -> parser.skipChildren();
            }
        }
    }

    /** The value at hand as text; null for null, and for arrays and objects, which are passed over. */
    private static @Nullable String scalar(JsonParser parser) {
        if (parser.currentToken().isScalarValue()) {
            return parser.currentToken() == JsonToken.VALUE_NULL ? null : parser.getString();
        }
        parser.skipChildren();
        return null;
    }

    // ---- OpenAI

    private void openAiMember(JsonParser parser, UsageCounter usage) {
        if (!parser.currentName().equals("choices")) {
            OpenAiUsage.member(parser, usage);
        } else if (StrictJson.entersArray(parser)) {
            while (StrictJson.nextElement(parser)) {
                choice(parser);
            }
        }
    }

    private void choice(JsonParser parser) {
        boolean first = !answered;
        answered = true;
        if (!StrictJson.entersObject(parser)) {
            return;
        }
        while (StrictJson.nextMember(parser)) {
            switch (parser.currentName()) {
                case "finish_reason" -> {
                    String reason = scalar(parser);
                    finishReason = first ? reason : finishReason;
                }
                case "message" -> message(parser);
                default -> parser.skipChildren();
            }
        }
    }

    private void message(JsonParser parser) {
        if (!StrictJson.entersObject(parser)) {
            return;
        }
        boolean reasoned = false; // some tell it twice, by either name
        while (StrictJson.nextMember(parser)) {
            switch (parser.currentName()) {
                case "content", "refusal" -> content(parser);
                case "reasoning_content", "reasoning" -> {
                    if (reasoned) {
                        parser.skipChildren();
                    } else {
                        reasoned = parser.currentToken() == JsonToken.VALUE_STRING;
                        content(parser);
                    }
                }
                case "tool_calls" -> toolCalls(parser);
                case "function_call" -> function(parser);
                default -> parser.skipChildren();
            }
        }
    }

    /** A string, or parts with {@code text}. */
    private void content(JsonParser parser) {
        if (parser.currentToken() == JsonToken.VALUE_STRING) {
            string(parser);
        } else if (StrictJson.entersArray(parser)) {
            while (StrictJson.nextElement(parser)) {
                if (StrictJson.entersObject(parser)) {
                    strings(parser, "text", "refusal");
                }
            }
        }
    }

    private void toolCalls(JsonParser parser) {
        if (!StrictJson.entersArray(parser)) {
            return;
        }
        while (StrictJson.nextElement(parser)) {
            if (!StrictJson.entersObject(parser)) {
                continue;
            }
            while (StrictJson.nextMember(parser)) {
                if (parser.currentName().equals("function")) {
                    function(parser);
                } else {
                    parser.skipChildren();
                }
            }
        }
    }

    private void function(JsonParser parser) {
        if (StrictJson.entersObject(parser)) {
            strings(parser, "name", "arguments");
        }
    }

    /** Counts the strings of these names in the object at hand. */
    private void strings(JsonParser parser, String one, String other) {
        while (StrictJson.nextMember(parser)) {
            String name = parser.currentName();
            if (parser.currentToken() == JsonToken.VALUE_STRING && (name.equals(one) || name.equals(other))) {
                string(parser);
            } else {
                parser.skipChildren();
            }
        }
    }

    private void string(JsonParser parser) {
        int from = parser.getStringOffset();
        text.add(parser.getStringCharacters(), from, from + parser.getStringLength());
    }

    // ---- Anthropic

    private void anthropicMember(JsonParser parser, byte[] json, int from, UsageCounter usage) {
        switch (parser.currentName()) {
            case "stop_reason" -> finishReason = scalar(parser);
            case "content" -> {
                answered |= parser.currentToken() == JsonToken.START_ARRAY;
                if (StrictJson.entersArray(parser)) {
                    while (StrictJson.nextElement(parser)) {
                        block(parser, json, from);
                    }
                }
            }
            default -> AnthropicUsage.member(parser, usage);
        }
    }

    private void block(JsonParser parser, byte[] json, int from) {
        if (!StrictJson.entersObject(parser)) {
            return;
        }
        while (StrictJson.nextMember(parser)) {
            switch (parser.currentName()) {
                case "text", "thinking", "name" -> {
                    if (parser.currentToken() == JsonToken.VALUE_STRING) {
                        string(parser);
                    } else {
                        parser.skipChildren();
                    }
                }
                case "input" -> { // the model wrote this JSON, byte for byte or nearly so
                    int start = from + (int) parser.currentTokenLocation().getByteOffset();
                    parser.skipChildren();
                    text.add(json, start, from + (int) parser.currentLocation().getByteOffset());
                }
                default -> parser.skipChildren();
            }
        }
    }
}
