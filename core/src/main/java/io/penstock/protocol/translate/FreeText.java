package io.penstock.protocol.translate;

/** Free text as the one argument of a function, and JSON inside strings. Static. */
final class FreeText {
    private static final byte[] BEGIN = {'{', '"', 'i', 'n', 'p', 'u', 't', '"', ':', '"'};

    private FreeText() {}

    /** {@code {"input":"…"}} for a text (content of a string), as the content of a string. */
    static Slice arguments(Slice text) {
        JsonOut json = new JsonOut().raw(BEGIN, 0, BEGIN.length).raw(text).ascii("\"}");
        return escaped(Slice.of(json));
    }

    /** JSON as it stands, as the content of a string. */
    static Slice escaped(Slice json) {
        JsonOut out = new JsonOut();
        Escapes.encode(json.bytes(), json.from(), json.to(), out);
        return Slice.of(out);
    }

    /** The content of a string, decoded: JSON that stood in it. */
    static JsonOut unescaped(Slice content) {
        JsonOut out = new JsonOut();
        Escapes.decode(content.bytes(), content.from(), content.to(), out);
        return out;
    }

    /** The text in {@code {"input":"…"}} (content of a string); what has another form is itself the text. */
    static Slice input(Slice arguments) {
        JsonOut json = unescaped(arguments);
        JsonTape tape = new JsonTape();
        if (tape.parse(json.bytes(), 0, json.length())) {
            int text = tape.get(JsonTape.ROOT, ToolNames.INPUT);
            if (tape.isString(text)) {
                return tape.slice(text);
            }
        }
        return arguments;
    }
}
