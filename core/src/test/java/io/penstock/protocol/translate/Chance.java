package io.penstock.protocol.translate;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random texts and JSON, and random ways to write them. */
final class Chance {
    private static final String[] PIECES = {
        "a",
        "word ",
        "line\nbreak",
        "tab\t",
        "\"quoted\"",
        "back\\slash",
        "é",
        "水車",
        "😀",
        "👩‍🚀",
        "/",
        "<b>",
        "{",
        "}",
        "[1]",
        "\u2028",
        "\u0001",
        "data:",
        ": ",
        "null",
        "\\n",
        "\\u0041",
        "end."
    };

    final Random random;

    Chance(long seed) {
        random = new Random(seed);
    }

    int below(int bound) {
        return random.nextInt(bound);
    }

    boolean one(int in) {
        return random.nextInt(in) == 0;
    }

    /** Begins and ends with a letter, so that nobody takes it for blank or trims it. */
    String text() {
        StringBuilder text = new StringBuilder("T");
        for (int i = below(8); i > 0; i--) {
            text.append(PIECES[below(PIECES.length)]);
        }
        return text.append("t").toString();
    }

    String letters(String prefix) {
        StringBuilder text = new StringBuilder(prefix);
        for (int i = 8; i > 0; i--) {
            text.append("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".charAt(below(62)));
        }
        return text.toString();
    }

    /** A JSON object as some model would write it. */
    String object(int depth) {
        StringBuilder json = new StringBuilder("{");
        for (int i = 0, members = below(4); i < members; i++) {
            json.append(i == 0 ? "" : ",").append(one(3) ? " " : "");
            json.append(string("k" + i + (one(4) ? text() : ""))).append(one(3) ? ": " : ":");
            json.append(
                    switch (below(depth > 2 ? 4 : 6)) {
                        case 0 -> "" + below(1_000);
                        case 1 -> "1.50e3";
                        case 2 -> one(2) ? "null" : "true";
                        case 3 -> string(one(6) ? "\ud83d" : text());
                        case 4 -> "[" + object(depth + 1) + ", " + string(text()) + "]";
                        default -> object(depth + 1);
                    });
        }
        return json.append(one(3) ? " }" : "}").toString();
    }

    /** A text as JSON, some letters as escapes of any form. */
    String string(String text) {
        StringBuilder out = new StringBuilder("\"");
        boolean allEscaped = one(6);
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean pair = Character.isHighSurrogate(c)
                    && i + 1 < text.length()
                    && Character.isLowSurrogate(text.charAt(i + 1));
            if (c >= 0x80 && allEscaped || Character.isSurrogate(c) && !pair || one(40)) {
                out.append(String.format(one(2) ? "\\u%04x" : "\\u%04X", (int) c));
                if (pair) {
                    out.append(String.format("\\u%04x", (int) text.charAt(++i)));
                }
            } else if (pair) {
                out.append(c).append(text.charAt(++i));
            } else if (c == '/' && one(2)) {
                out.append("\\/");
            } else if (c == '\n') {
                out.append("\\n");
            } else if (c == '\t') {
                out.append("\\t");
            } else if (c == '"' || c == '\\') {
                out.append('\\').append(c);
            } else if (c < 0x20) {
                out.append(String.format("\\u%04x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('"').toString();
    }

    /** Cut anywhere, in the middle of a surrogate pair too; no piece is empty, but there may be none of an empty text. */
    List<String> cut(String text) {
        List<String> pieces = new ArrayList<>();
        int most = one(3) ? 1 : one(2) ? 4 : 30;
        for (int at = 0; at < text.length(); ) {
            int end = Math.min(text.length(), at + 1 + below(most));
            pieces.add(text.substring(at, end));
            at = end;
        }
        return pieces;
    }
}
