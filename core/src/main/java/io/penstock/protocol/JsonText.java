package io.penstock.protocol;

import org.jspecify.annotations.Nullable;

/** Writes JSON strings (RFC 8259 section 7) into a {@link StringBuilder}. Static methods, safe from any thread. */
public final class JsonText {
    private static final char[] HEX = "0123456789abcdef".toCharArray();

    private JsonText() {}

    /** Appends the text quoted; control characters and unpaired surrogates come out as escapes, so the result is valid UTF-8. */
    public static StringBuilder quote(StringBuilder out, String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c >= 0x20 && !Character.isSurrogate(c)) {
                out.append(c);
            } else if (Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1))) {
                out.append(c).append(text.charAt(++i));
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '\t') {
                out.append("\\t");
            } else {
                out.append("\\u").append(HEX[c >> 12]).append(HEX[c >> 8 & 15]);
                out.append(HEX[c >> 4 & 15]).append(HEX[c & 15]);
            }
        }
        return out.append('"');
    }

    /** Appends an array of texts. */
    public static StringBuilder array(StringBuilder out, Iterable<String> texts) {
        String comma = "[";
        for (String text : texts) {
            quote(out.append(comma), text);
            comma = ",";
        }
        return out.append(comma.equals("[") ? "[]" : "]");
    }

    /** As {@link #quote}; {@code null} without quotes for null. */
    public static StringBuilder quoteOrNull(StringBuilder out, @Nullable String text) {
        return text == null ? out.append("null") : quote(out, text);
    }
}
