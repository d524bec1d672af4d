package io.penstock.protocol.translate;

/** Tells when the JSON object that arrives in fragments inside a string is complete. */
final class JsonProgress {
    private int depth;
    private boolean inString;
    private boolean escaped;
    private boolean complete;

    /** Whether an object or array was opened and all of it closed again. */
    boolean complete() {
        return complete;
    }

    /** Takes the content of a string, which no fragment cuts inside an escape. */
    void feed(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            int c = bytes[i];
            if (c == '\\') {
                c = bytes[++i];
                if (c == 'u') {
                    c = Escapes.hex4(bytes, i + 1);
                    i += 4;
                } else if (c != '"' && c != '\\' && c != '/') {
                    c = ' '; // a line end or the like
                }
            }
            character(c);
        }
    }

    private void character(int c) {
        if (inString) {
            if (escaped) {
                escaped = false;
            } else if (c == '\\') {
                escaped = true;
            } else if (c == '"') {
                inString = false;
            }
        } else if (c == '"') {
            inString = true;
        } else if (c == '{' || c == '[') {
            depth++;
            complete = false;
        } else if (c == '}' || c == ']') {
            depth--;
            complete = depth == 0;
        }
    }
}
