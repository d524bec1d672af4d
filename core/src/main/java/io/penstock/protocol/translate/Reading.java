package io.penstock.protocol.translate;

import io.penstock.error.GatewayError.InvalidField;
import io.penstock.error.GatewayException;
import org.jspecify.annotations.Nullable;

/** What stands in requests of several protocols. Static. */
final class Reading {
    private static final int HEADER_BYTES_MAX = 256; // of a data URL

    private Reading() {}

    static GatewayException invalid(String field, String expected) {
        return new GatewayException(new InvalidField(field, expected));
    }

    static @Nullable Slice sliceOrNull(JsonTape tape, int node) {
        return tape.isString(node) ? tape.slice(node) : null;
    }

    static @Nullable Boolean booleanOrNull(JsonTape tape, int node) {
        return tape.isTrue(node) ? Boolean.TRUE : tape.isFalse(node) ? Boolean.FALSE : null;
    }

    /** The mark for caching on a part or a tool. */
    static Part.Cache cache(JsonTape tape, int holder) {
        int mark = tape.get(holder, "cache_control");
        if (!tape.isObject(mark)) {
            return Part.Cache.NONE;
        }
        return tape.is(tape.get(mark, "ttl"), "1h") ? Part.Cache.ONE_HOUR : Part.Cache.FIVE_MINUTES;
    }

    /** The text of a part, under that name; null if it has none. */
    static Part.@Nullable Text text(JsonTape tape, int part, String name) {
        int text = tape.get(part, name);
        return tape.isString(text) ? new Part.Text(tape.slice(text), cache(tape, part)) : null;
    }

    /** The form of an answer: {@code schema}, {@code name} and {@code strict} of that object. */
    static Format schema(JsonTape tape, int holder) {
        int schema = tape.get(holder, "schema");
        return new Format(
                tape.isObject(schema) ? tape.raw(schema) : null,
                sliceOrNull(tape, tape.get(holder, "name")),
                booleanOrNull(tape, tape.get(holder, "strict")));
    }

    /** An image by its URL, which may hold its data. */
    static Part image(Slice url, @Nullable Slice detail, Part.Cache cache) {
        int data = data(url);
        return data < 0
                ? new Part.Image(null, null, url, detail, cache)
                : new Part.Image(mediaType(url, data), url.part(data, url.to()), null, detail, cache);
    }

    /** A document by its data URL or another one. */
    static Part document(Slice url, @Nullable Slice name, Part.Cache cache) {
        int data = data(url);
        return data < 0
                ? new Part.Document(null, null, url, name, cache)
                : new Part.Document(mediaType(url, data), url.part(data, url.to()), null, name, cache);
    }

    /** Where the base64 of a data URL begins; -1 if it is none. */
    private static int data(Slice url) {
        return url.startsWith("data:") ? url.after(";base64,", HEADER_BYTES_MAX) : -1;
    }

    private static Slice mediaType(Slice url, int data) {
        int from = url.from() + "data:".length();
        int to = from;
        while (to < data && url.bytes()[to] != ';') {
            to++;
        }
        Slice type = url.part(from, to);
        return type.after("\\", type.length()) < 0 ? type : Slice.of(type.text()); // image\/png is legal
    }

    /** The list of stop sequences, be it one or several. */
    static void stops(Prompt prompt, JsonTape tape, int node) {
        if (tape.isString(node)) {
            prompt.stops().add(tape.slice(node));
        } else if (tape.isArray(node)) {
            for (int at = tape.first(node), end = tape.next(node); at < end; at = tape.next(at)) {
                if (tape.isString(at)) {
                    prompt.stops().add(tape.slice(at));
                }
            }
        }
    }

    /** OpenRouter's {@code reasoning}, and that of Responses: {@code effort}, {@code max_tokens}, {@code enabled}, … */
    static @Nullable Effort effort(JsonTape tape, int reasoning, boolean shownByDefault) {
        if (!tape.isObject(reasoning)) {
            return null;
        }
        boolean off = tape.isFalse(tape.get(reasoning, "enabled"));
        Effort.Level level = off ? Effort.Level.NONE : Effort.Level.of(tape.text(tape.get(reasoning, "effort")));
        int budget = tape.wholeNumber(tape.get(reasoning, "max_tokens"));
        boolean hidden = tape.isTrue(tape.get(reasoning, "exclude"));
        boolean summary =
                tape.isString(tape.get(reasoning, "summary")) || tape.isString(tape.get(reasoning, "generate_summary"));
        if (level == null && budget < 0 && tape.isTrue(tape.get(reasoning, "enabled"))) {
            level = Effort.Level.MEDIUM; // as OpenRouter takes it
        }
        if (level == null && budget < 0 && !summary) {
            return null;
        }
        return new Effort(level, budget, !hidden && (shownByDefault || summary));
    }

    /** Whether a part is one that results of tools may hold. */
    static boolean isContent(Part part) {
        return part instanceof Part.Text || part instanceof Part.Image || part instanceof Part.Document;
    }

    /** Whether a call's arguments are one JSON object. */
    static boolean isObject(JsonOut decoded, JsonTape scratch) {
        return scratch.parse(decoded.bytes(), 0, decoded.length()) && scratch.isObject(JsonTape.ROOT);
    }
}
