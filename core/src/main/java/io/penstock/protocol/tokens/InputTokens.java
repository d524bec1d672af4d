package io.penstock.protocol.tokens;

import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.JsonText;
import io.penstock.protocol.StrictJson;
import java.util.Set;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/**
 * Counts the input tokens of a request's body: Anthropic's messages, OpenAI's chat, responses and completions, told apart
 * by nothing but the names in them.
 *
 * <p>The count is a sum over parts, each counted alone: every text of the instructions and of the messages, decoded; the
 * input of a tool's call, and each tool and schema, as compact JSON; images and files by {@link MediaTokens}; and fixed
 * numbers per request, message and tool for what a provider puts around them. A text is whatever string stands where
 * the model may read it: what is known to be none (ids, types, signatures, what is encrypted) is left out, and what is
 * not known is counted, since too high an estimate does less harm than too low a one.
 *
 * <p>For a body that {@link BodyScanner} has passed; any other may throw {@link tools.jackson.core.JacksonException}. One
 * use; not thread-safe.
 */
public final class InputTokens {
    /** For the beginning of the answer (OpenAI cookbook, "How to count tokens with tiktoken"). */
    public static final int PER_REQUEST = 3;

    /** Its borders and its role (as above: 3 and 1). */
    public static final int PER_MESSAGE = 4;

    /** What stands around a tool's definition (as above, "Counting tokens for tool calls": 7 per function). */
    public static final int PER_TOOL = 7;

    /** Members of messages and parts that no model reads. */
    private static final Set<String> UNREAD = Set.of(
            "type",
            "id",
            "role",
            "status",
            "index",
            "cache_control",
            "signature",
            "encrypted_content",
            "encrypted_index",
            "tool_use_id",
            "tool_call_id",
            "call_id",
            "item_id",
            "media_type",
            "mime_type",
            "format",
            "detail",
            "annotations",
            "logprobs",
            "metadata",
            "caller",
            "phase");

    private final byte[] json;
    private final JsonParser in;
    private final Tokenizer tokenizer;
    private final StringBuilder compact = new StringBuilder();
    private char[] chars = {};
    private long tokens;

    private InputTokens(byte[] json, JsonParser in, Tokenizer tokenizer) {
        this.json = json;
        this.in = in;
        this.tokenizer = tokenizer;
    }

    /** Tokens of the whole of that body. */
    public static long count(byte[] json, Tokenizer tokenizer) {
        try (JsonParser in = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), json)) {
            InputTokens count = new InputTokens(json, in, tokenizer);
            count.request();
            return count.tokens;
        }
    }

    private void request() {
        if (in.nextToken() != JsonToken.START_OBJECT) {
            return;
        }
        tokens = PER_REQUEST;
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = in.currentName();
            in.nextToken();
            switch (name) {
                case "messages", "input" -> messages();
                case "system", "instructions", "prompt" -> content(false);
                case "tools", "functions" -> tools();
                case "response_format", "output_format", "output_config", "text" -> schemas();
                default -> in.skipChildren();
            }
        }
    }

    private void messages() {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            message();
            return;
        }
        while (in.nextToken() != JsonToken.END_ARRAY) {
            message();
        }
    }

    private void message() {
        if (in.currentToken() == JsonToken.START_OBJECT || in.currentToken() == JsonToken.VALUE_STRING) {
            tokens += PER_MESSAGE;
        }
        content(false);
    }

    private void tools() {
        if (in.currentToken() != JsonToken.START_ARRAY) {
            in.skipChildren();
            return;
        }
        while (in.nextToken() != JsonToken.END_ARRAY) {
            tokens += PER_TOOL;
            compactJson();
        }
    }

    /** What of a format the model reads: the schemas in it. */
    private void schemas() {
        if (in.currentToken() != JsonToken.START_OBJECT) {
            in.skipChildren();
            return;
        }
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            boolean schema = in.currentName().equals("schema");
            in.nextToken();
            if (schema && in.currentToken() == JsonToken.START_OBJECT) {
                compactJson();
            } else {
                schemas();
            }
        }
    }

    /** A text, or parts, or a part; {@code holder} if it holds a medium: its URLs are then read. */
    private void content(boolean holder) {
        switch (in.currentToken()) {
            case VALUE_STRING -> text();
            case START_ARRAY -> {
                while (in.nextToken() != JsonToken.END_ARRAY) {
                    content(holder);
                }
            }
            case START_OBJECT -> part(holder);
            default -> {}
        }
    }

    private void part(boolean holder) {
        int dataFrom = 0;
        int dataTo = 0;
        boolean opaque = false;
        boolean plainText = false;
        while (in.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = in.currentName();
            JsonToken value = in.nextToken();
            if (value != JsonToken.VALUE_STRING) {
                member(name, value);
                continue;
            }
            switch (name) {
                case "type" -> {
                    String type = in.getString();
                    opaque = type.equals("redacted_thinking");
                    plainText = type.equals("text");
                }
                case "data" -> {
                    dataFrom = (int) in.currentTokenLocation().getByteOffset() + 1;
                    dataTo = stringEnd(dataFrom);
                }
                case "image_url", "file_data", "file_url", "video_url" -> tokens += url();
                case "file_id" -> tokens += MediaTokens.IMAGE_TOKENS_MAX;
                case "result" -> result();
                case "url" -> {
                    if (holder) {
                        tokens += url();
                    } else {
                        text();
                    }
                }
                default -> {
                    if (!UNREAD.contains(name)) {
                        text();
                    }
                }
            }
        }
        if (dataTo > 0 && plainText) {
            tokens += textAt(dataFrom, dataTo);
        } else if (dataTo > 0 && !opaque) {
            tokens += MediaTokens.base64(json, dataFrom, dataTo, false);
        }
    }

    private void member(String name, JsonToken value) {
        boolean structure = value == JsonToken.START_OBJECT || value == JsonToken.START_ARRAY;
        if (structure && UNREAD.contains(name)) {
            in.skipChildren();
        } else if (structure && (name.equals("input") || name.equals("arguments"))) {
            compactJson();
        } else {
            content(name.equals("source") || name.equals("image_url") || name.equals("video_url"));
        }
    }

    private long url() {
        int from = (int) in.currentTokenLocation().getByteOffset() + 1;
        return MediaTokens.url(json, from, stringEnd(from));
    }

    /** What a tool of the provider's own made: an image in base64, or text. */
    private void result() {
        int from = (int) in.currentTokenLocation().getByteOffset() + 1;
        long image = MediaTokens.image(json, from, stringEnd(from));
        if (image > 0) {
            tokens += image;
        } else {
            text();
        }
    }

    private void text() {
        char[] text = in.getStringCharacters();
        int from = in.getStringOffset();
        tokens += tokenizer.count(text, from, from + in.getStringLength());
    }

    /** Tokens of the string whose content lies there, which the parser has passed. */
    private long textAt(int from, int to) {
        try (JsonParser again =
                StrictJson.FACTORY.createParser(ObjectReadContext.empty(), json, from - 1, to - from + 2)) {
            again.nextToken();
            char[] text = again.getStringCharacters();
            int start = again.getStringOffset();
            return tokenizer.count(text, start, start + again.getStringLength());
        }
    }

    /** Where the closing quote of a string is. */
    private int stringEnd(int from) {
        int i = from;
        while (json[i] != '"') {
            i += json[i] == '\\' ? 2 : 1;
        }
        return i;
    }

    /** The value at hand as JSON without blanks, its strings written in one way, as one text. */
    private void compactJson() {
        compact.setLength(0);
        int depth = 0;
        for (JsonToken token = in.currentToken(); ; token = in.nextToken()) {
            switch (token) {
                case START_OBJECT, START_ARRAY -> {
                    comma().append(token == JsonToken.START_OBJECT ? '{' : '[');
                    depth++;
                }
                case END_OBJECT, END_ARRAY -> {
                    compact.append(token == JsonToken.END_OBJECT ? '}' : ']');
                    depth--;
                }
                case PROPERTY_NAME -> name();
                case VALUE_STRING -> JsonText.quote(comma(), in.getString());
                default -> comma().append(in.getString());
            }
            if (depth == 0) {
                break;
            }
        }
        int length = compact.length();
        if (length > chars.length) {
            chars = new char[length + length / 2];
        }
        compact.getChars(0, length, chars, 0);
        tokens += tokenizer.count(chars, 0, length);
    }

    private void name() {
        if (in.currentName().equals("cache_control")) {
            in.nextToken();
            in.skipChildren();
        } else {
            JsonText.quote(comma(), in.currentName()).append(':');
        }
    }

    /** No value ends in a bracket or colon that opens one, so the last character tells whether something stands before. */
    private StringBuilder comma() {
        char last = compact.isEmpty() ? ':' : compact.charAt(compact.length() - 1);
        return last == ':' || last == '{' || last == '[' ? compact : compact.append(',');
    }
}
