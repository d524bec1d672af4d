package io.penstock.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Validates a request's body while it arrives, in pieces cut at any byte, and notes in a {@link ChatRequest} where the
 * few things lie that decide about it. Builds no tree, copies nothing but short names and values, allocates nothing
 * once warm. One per connection, reused; not thread-safe.
 *
 * <p>Strict: RFC 8259 to the letter, in UTF-8 without a byte order mark; the top level is one object with no name
 * twice (compared after decoding escapes: an upstream must not see another {@code model} than we billed), deeper
 * repeats pass; and bounds on everything that could grow. What passes here can be sent on as it is.
 *
 * <p>Whitespace, punctuation and one look at the first byte of each value are done here; strings, which are nearly all
 * of the bytes, by {@link StringScanner}; what a name means at its place by {@link Place}. A token cut by the end of a
 * piece is resumed by {@code state}; of one whose text is wanted, the part so far is kept in {@code held}.
 */
public final class BodyScanner {
    /** Deeper nesting is refused: parsers behind us recurse. */
    public static final int DEPTH_MAX = 200;

    /** A longer name, in bytes as sent, is refused. */
    public static final int NAME_BYTES_MAX = 1_024;

    /** A longer number is refused: reading one takes time that grows with the square of its length. */
    public static final int NUMBER_BYTES_MAX = 100;

    /** More names, values and closing brackets are refused: a tree of them is what fills an upstream's memory. */
    public static final int TOKENS_MAX = 2_000_000;

    private static final int SHOWN_MAX = 64;

    /** Offsets are {@code int}; far above any limit on bodies. */
    private static final int BODY_BYTES_MAX = Integer.MAX_VALUE - 8;

    private static final int START = 0;
    private static final int NAME_OR_END = 1;
    private static final int NAME = 2;
    private static final int COLON = 3;
    private static final int VALUE_OR_END = 4;
    private static final int VALUE = 5;
    private static final int COMMA_OR_END = 6;
    private static final int DONE = 7;
    private static final int IN_NAME = 8;
    private static final int IN_STRING = 9;
    private static final int IN_NUMBER = 10;
    private static final int IN_LITERAL = 11;
    private static final int FAILED = 12;

    /** Instead of a place: why a top-level name is refused. */
    private static final int REPEATED = -1;

    private static final int TOO_MANY = -2;

    private static final int IN_TOKEN = IN_NAME; // from here on white space does not end it

    private static final byte[] TRUE = Place.bytes("true");
    private static final byte[] FALSE = Place.bytes("false");
    private static final byte[] NULL = Place.bytes("null");

    private final ChatRequest request = new ChatRequest();
    private final StringScanner strings = new StringScanner();

    private int state;
    private int total; // bytes of the pieces before and of this one
    private int shift; // offset in the body = index in the piece + shift
    private int tokens;
    private int depth;
    private final byte[] containers = new byte[DEPTH_MAX + 1]; // place << 1 | 1 if an object
    private int container; // the innermost, as above
    private int place; // of the value to come or at hand

    private int tokenStart; // offset of the token's first byte, for strings of the first byte of content
    private int numberState;
    private int literalFirst;
    private int literalLength;

    private final byte[] held = new byte[ChatRequest.TEXT_BYTES_MAX];
    private int heldLength; // bytes of the token in the pieces before
    private final byte[] decoded = new byte[ChatRequest.TEXT_BYTES_MAX + 4];

    private @Nullable String problem;
    private int problemAt;
    private @Nullable String problemName;

    public BodyScanner() {
        reset();
    }

    /** Forgets the body; {@link #request} is empty again. */
    public void reset() {
        request.reset();
        strings.reset();
        state = START;
        total = 0;
        tokens = 0;
        depth = 0;
        container = Place.NONE;
        heldLength = 0;
        problem = null;
        problemName = null;
    }

    /** What was found so far; to be believed once {@link #finish} returned true. Valid until {@link #reset}. */
    public ChatRequest request() {
        return request;
    }

    /** True if all of the body's pieces make one valid JSON object with nothing but white space around it. */
    public boolean finish() {
        if (state != DONE && state != FAILED) {
            fail(total == 0 ? "empty body" : "unexpected end", total - shift);
        }
        return state == DONE;
    }

    /**
     * Why the body is not valid, with the offset of the byte: {@code duplicate field "model" at byte 812}. Null if no
     * fault was met. Shows nothing of the body but, in that case, the name.
     */
    public @Nullable String problem() {
        if (problem == null) {
            return null;
        }
        return problemName == null
                ? problem + " at byte " + problemAt
                : problem + " \"" + problemName + "\" at byte " + problemAt;
    }

    /** Reads the next piece, {@code bytes[from, to)}. After a fault the rest is ignored. */
    public void feed(byte[] bytes, int from, int to) {
        Objects.checkFromToIndex(from, to, bytes.length);
        if (state == FAILED) {
            return;
        }
        shift = total - from;
        if (to - from > BODY_BYTES_MAX - total) {
            fail("body too long", from);
            return;
        }
        total += to - from;
        request.bodyBytes(total);
        int i = from;
        if (state >= IN_TOKEN && i < to) {
            i = resume(bytes, i, to);
        }
        while (i < to) {
            i = step(bytes, i, to);
        }
    }

    /** Passes a token or a few, or white space, or a part cut by the piece's end: the next index, {@code to} after a fault. */
    private int step(byte[] bytes, int i, int to) {
        int b = bytes[i];
        if (b <= ' ' && b >= 0) {
            return b == ' ' || b == '\n' || b == '\r' || b == '\t' ? i + 1 : unexpected(i, to);
        }
        switch (state) {
            case COMMA_OR_END -> {
                boolean object = (container & 1) != 0;
                if (b == ',') {
                    state = object ? NAME : VALUE;
                    return object && i + 1 < to && bytes[i + 1] == '"' ? name(bytes, i + 1, to) : i + 1;
                }
                return b == (object ? '}' : ']') ? close(i, to) : unexpected(i, to);
            }
            case NAME, NAME_OR_END -> {
                if (b == '"') {
                    return name(bytes, i, to);
                }
                return b == '}' && state == NAME_OR_END ? close(i, to) : unexpected(i, to);
            }
            case COLON -> {
                if (b != ':') {
                    return unexpected(i, to);
                }
                state = VALUE;
                return i + 1;
            }
            case VALUE_OR_END -> {
                return b == ']' ? close(i, to) : value(bytes, i, to);
            }
            case VALUE -> {
                return value(bytes, i, to);
            }
            case START -> {
                return start(b, i, to);
            }
            default -> { // DONE
                return fail("more than one value", i, to);
            }
        }
    }

    private int start(int first, int i, int to) {
        if (first != '{') {
            return fail(first == (byte) 0xEF ? "byte order mark" : "not a JSON object", i, to);
        }
        request.bodyStart(i + shift);
        return open(Place.ROOT << 1 | 1, i, to);
    }

    private int open(int newContainer, int i, int to) {
        if (++tokens > TOKENS_MAX) {
            return fail("too many values", i, to);
        }
        if (depth == DEPTH_MAX) {
            return fail("nested too deeply", i, to);
        }
        containers[depth++] = (byte) container;
        container = newContainer;
        state = (newContainer & 1) != 0 ? NAME_OR_END : VALUE_OR_END;
        return i + 1;
    }

    private int close(int i, int to) {
        if (++tokens > TOKENS_MAX) {
            return fail("too many values", i, to);
        }
        int closed = container >> 1;
        container = containers[--depth];
        if (depth == 0) {
            request.bodyEnd(i + shift);
            state = DONE;
        } else if (closed != Place.NONE) {
            valueEnd(closed, i + 1);
        } else {
            state = COMMA_OR_END;
        }
        return i + 1;
    }

    /** A value ended before index {@code end}. */
    private void valueEnd(int endedPlace, int end) {
        state = COMMA_OR_END;
        if (endedPlace != Place.NONE) {
            request.end(endedPlace, end + shift);
            if (depth == 1) {
                request.topValueEnd(end + shift);
            }
        }
    }

    private int value(byte[] bytes, int i, int to) {
        int first = bytes[i];
        if ((container & 1) == 0) {
            place = Place.element(container >> 1);
        }
        if (place != Place.NONE) {
            if (depth == 1) {
                request.topValueStart(i + shift);
            }
            request.begin(place, first, i + shift);
        }
        if (first == '"') {
            if (++tokens > TOKENS_MAX) {
                return fail("too many values", i, to);
            }
            tokenStart = i + 1 + shift;
            heldLength = 0;
            strings.begin();
            return string(bytes, i + 1, to, true);
        } else if (first == '{') {
            return open(place << 1 | 1, i, to);
        } else if (first == '[') {
            return open(place << 1, i, to);
        }
        if (++tokens > TOKENS_MAX) {
            return fail("too many values", i, to);
        }
        tokenStart = i + shift;
        heldLength = 0;
        numberState = Numbers.first(first);
        if (numberState != Numbers.NONE) {
            return number(bytes, i, i + 1, to);
        }
        literalFirst = first;
        literalLength = 1;
        return first == 't' || first == 'f' || first == 'n' ? literal(bytes, i + 1, to) : unexpected(i, to);
    }

    private int resume(byte[] bytes, int from, int to) {
        return switch (state) {
            case IN_NAME -> nameRest(bytes, from, to);
            case IN_STRING -> string(bytes, from, to, false);
            case IN_NUMBER -> number(bytes, from, from, to);
            default -> literal(bytes, from, to);
        };
    }

    private int name(byte[] bytes, int quote, int to) {
        if (++tokens > TOKENS_MAX) {
            return fail("too many values", quote, to);
        }
        tokenStart = quote + 1 + shift;
        heldLength = 0;
        strings.begin();
        return nameRest(bytes, quote + 1, to);
    }

    private int nameRest(byte[] bytes, int from, int to) {
        int end = strings.scan(bytes, from, to);
        int stop = end >= 0 ? end : end == StringScanner.CUT ? to : strings.problemAt();
        if (stop + shift - tokenStart > NAME_BYTES_MAX) {
            return fail("name too long", tokenStart - shift, to);
        }
        if (end < 0) {
            return cut(bytes, from, to, IN_NAME, true, end);
        }
        state = COLON;
        int parent = container >> 1;
        place = parent == Place.NONE ? Place.NONE : meaning(parent, bytes, from, end);
        if (place < 0) {
            return fail(place == REPEATED ? "duplicate field" : "too many fields", tokenStart - 1 - shift, to);
        }
        if (end + 2 < to && bytes[end + 1] == ':' && bytes[end + 2] > ' ') { // as most write it
            state = VALUE;
            return value(bytes, end + 2, to);
        }
        return end + 1;
    }

    /** The place that a name leads to, or {@link #REPEATED} or {@link #TOO_MANY}. */
    private int meaning(int parent, byte[] bytes, int from, int end) {
        boolean asSent = heldLength == 0 && !strings.escapes();
        byte[] text = asSent ? bytes : decoded;
        int start = asSent ? from : 0;
        int stop = asSent ? end : decode(bytes, from, end);
        if (parent != Place.ROOT) {
            if (parent == Place.STREAM_OPTIONS) {
                request.streamOption();
            }
            return Place.member(parent, text, start, stop);
        }
        if (request.fieldCount() == ChatRequest.FIELDS_MAX) {
            return TOO_MANY;
        }
        int found = request.field(text, start, stop, tokenStart - 1);
        if (found < 0) {
            problemName = shown(text, start, stop);
        }
        return found;
    }

    /** A name fit for a message: printable ASCII, the rest escaped, cut after {@link #SHOWN_MAX} characters. */
    private static String shown(byte[] name, int from, int to) {
        String text = new String(name, from, to - from, StandardCharsets.UTF_8);
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (shown.length() >= SHOWN_MAX) {
                return shown.append("...").toString();
            } else if (c >= ' ' && c < 0x7F && c != '"' && c != '\\') {
                shown.append(c);
            } else {
                shown.append(String.format("\\u%04x", (int) c));
            }
        }
        return shown.toString();
    }

    private int string(byte[] bytes, int from, int to, boolean first) {
        int end = strings.scan(bytes, from, to);
        int stop = end < 0 ? to : end;
        if (place != Place.NONE && request.searchesText(place)) {
            request.text(bytes, from, stop, first);
        }
        if (end < 0) {
            return cut(bytes, from, to, IN_STRING, ChatRequest.wantsText(place), end);
        }
        int length = end + shift - tokenStart;
        request.string(length);
        if (place != Place.NONE) {
            stringEnd(bytes, from, end, length);
        }
        valueEnd(place, end + 1);
        return end + 1;
    }

    private void stringEnd(byte[] bytes, int from, int end, int length) {
        boolean asSent = heldLength == 0 && !strings.escapes() || !ChatRequest.wantsText(place);
        byte[] text = asSent ? bytes : decoded;
        int start = asSent ? from : 0;
        int stop = asSent ? Math.min(end, from + ChatRequest.TEXT_BYTES_MAX) : decode(bytes, from, end);
        request.stringEnd(place, text, start, stop, length);
    }

    private int number(byte[] bytes, int from, int next, int to) {
        int i = next;
        for (int following; i < to && (following = Numbers.next(numberState, bytes[i])) != Numbers.NONE; i++) {
            numberState = following;
        }
        if (i + shift - tokenStart > NUMBER_BYTES_MAX) {
            return fail("number too long", tokenStart - shift, to);
        }
        boolean counts = place == Place.COUNT;
        if (i == to) {
            return cut(bytes, from, to, IN_NUMBER, counts, StringScanner.CUT);
        }
        if (!Numbers.mayEnd(numberState)) {
            return unexpected(i, to);
        }
        if (counts && heldLength > 0) {
            hold(bytes, from, i);
            request.number(place, held, 0, heldLength);
        } else if (counts) {
            request.number(place, bytes, from, i);
        }
        valueEnd(place, i);
        return i;
    }

    private int literal(byte[] bytes, int from, int to) {
        byte[] literal = literalFirst == 't' ? TRUE : literalFirst == 'f' ? FALSE : NULL;
        int i = from;
        for (; literalLength < literal.length; i++, literalLength++) {
            if (i == to) {
                state = IN_LITERAL;
                return to;
            }
            if (bytes[i] != literal[literalLength]) {
                return unexpected(i, to);
            }
        }
        if (place != Place.NONE) {
            request.literal(place, literalFirst);
        }
        valueEnd(place, i);
        return i;
    }

    /** A token goes on in the next piece, or a string turned out to be wrong ({@code why}). */
    private int cut(byte[] bytes, int from, int to, int inToken, boolean wanted, int why) {
        if (why == StringScanner.INVALID) {
            return fail(strings.problem(), strings.problemAt(), to);
        }
        if (wanted) {
            hold(bytes, from, to);
        }
        state = inToken;
        return to;
    }

    private void hold(byte[] bytes, int from, int to) {
        int length = Math.min(to - from, held.length - heldLength);
        System.arraycopy(bytes, from, held, heldLength, length);
        heldLength += length;
    }

    /** Writes the name or string that ends there to {@link #decoded}, with what came of it before; its length, cut if it is long. */
    private int decode(byte[] bytes, int from, int end) {
        if (heldLength == 0) {
            return StringScanner.decode(bytes, from, Math.min(end, from + held.length), decoded);
        }
        hold(bytes, from, end);
        return StringScanner.decode(held, 0, heldLength, decoded);
    }

    private int unexpected(int at, int to) {
        return fail("unexpected byte", at, to);
    }

    private int fail(@Nullable String what, int at, int to) {
        fail(what, at);
        return to;
    }

    private void fail(@Nullable String what, int at) {
        problem = what;
        problemAt = at + shift;
        state = FAILED;
    }
}
