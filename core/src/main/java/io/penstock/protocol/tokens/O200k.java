package io.penstock.protocol.tokens;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/**
 * OpenAI's encoding o200k_base (GPT-4o and all since): text is cut into words, and a word into the byte pairs that were
 * learned first. Counts what tiktoken counts, but that a word of more than {@link #WORD_BYTES_MAX} bytes is cut there, so
 * that no text takes more than a time that grows with its length; and that special tokens are read as plain text.
 *
 * <p>Words are what this expression of tiktoken's ({@code openai_public.py}) finds, here found by hand: with Java's
 * engine and maps of objects, jtokkit takes almost three times as long:
 *
 * <pre>
 *   [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
 * | [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
 * | \p{N}{1,3} | ?[^\s\p{L}\p{N}]+[\r\n/]* | \s*[\r\n]+ | \s+(?!\S) | \s+
 * </pre>
 */
public final class O200k implements Tokenizer {
    private static final String TABLE = "/com/knuddels/jtokkit/o200k_base.tiktoken";
    private static final int WORD_BYTES_MAX = 256; // the longest token has 128

    // Kinds of characters, as far as the expression tells them apart.
    private static final int UPPER = 1; // Lu Lt
    private static final int LOWER = 2; // Ll
    private static final int CASELESS = 4; // Lm Lo
    private static final int MARK = 8; // M
    private static final int NUMBER = 16; // N
    private static final int LINE = 32; // CR LF
    private static final int SPACE = 64; // other white space
    private static final int OTHER = 128;

    private static final int LETTER = UPPER | LOWER | CASELESS;
    private static final int HEAD = UPPER | CASELESS | MARK;
    private static final int TAIL = LOWER | CASELESS | MARK;
    private static final int BOTH = CASELESS | MARK;
    private static final int BLANK = LINE | SPACE;
    private static final byte[] ASCII = new byte[128];

    static {
        for (int c = 0; c < ASCII.length; c++) {
            ASCII[c] = (byte) classify(c);
        }
    }

    private final Ranks ranks;
    private final byte[] word = new byte[WORD_BYTES_MAX];
    private final int[] parts = new int[WORD_BYTES_MAX + 1]; // where the parts of a word begin; and its end
    private final int[] pairs = new int[WORD_BYTES_MAX + 1]; // the rank of a part joined with the next

    private O200k(Ranks ranks) {
        this.ranks = ranks;
    }

    /**
     * Reads the table from the class path, which takes about 50 ms; it then keeps 4 MB. Blocks.
     *
     * @throws IllegalStateException if jtokkit's table is not there
     */
    public static O200k load() {
        try (InputStream in = O200k.class.getResourceAsStream(TABLE)) {
            if (in == null) {
                throw new IllegalStateException("no " + TABLE + " on the class path (expected: jtokkit's)");
            }
            return new O200k(new Ranks(in));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + TABLE, e);
        }
    }

    @Override
    public long count(char[] text, int from, int to) {
        long tokens = 0;
        for (int at = from; at < to; ) {
            int end = wordEnd(text, at, to);
            tokens += tokens(text, at, end);
            at = end;
        }
        return tokens;
    }

    // ---- words

    private static int wordEnd(char[] text, int at, int to) {
        int first = kind(text, at, to);
        int second = at + width(text, at, to);
        boolean prefix = (first & (LINE | LETTER | NUMBER)) == 0;
        int end = prefix ? lowerWord(text, second, to) : -1;
        if (end < 0) {
            end = lowerWord(text, at, to);
        }
        if (end < 0 && prefix) {
            end = upperWord(text, second, to);
        }
        if (end < 0) {
            end = upperWord(text, at, to);
        }
        if (end >= 0) {
            return contraction(text, end, to);
        }
        if (first == NUMBER) {
            end = second;
            for (int digits = 1; digits < 3 && end < to && kind(text, end, to) == NUMBER; digits++) {
                end += width(text, end, to);
            }
            return end;
        }
        int sign = text[at] == ' ' ? second : at;
        end = run(text, sign, to, OTHER | MARK);
        if (end > sign) {
            while (end < to && (text[end] == '\r' || text[end] == '\n' || text[end] == '/')) {
                end++;
            }
            return end;
        }
        return blanks(text, at, to);
    }

    /** {@code [head]*[tail]+}: its end, or -1. */
    private static int lowerWord(char[] text, int at, int to) {
        int middle = run(text, at, to, HEAD);
        int end = run(text, middle, to, TAIL);
        if (end > middle) {
            return end;
        }
        for (int i = middle; i > at; ) { // the head took all: it gives back as far as to one that is a tail, too
            int before = i - (i - 2 >= at && Character.isSurrogatePair(text[i - 2], text[i - 1]) ? 2 : 1);
            if ((kind(text, before, to) & BOTH) != 0) {
                return i;
            }
            i = before;
        }
        return -1;
    }

    /** {@code [head]+[tail]*}: its end, or -1. */
    private static int upperWord(char[] text, int at, int to) {
        int middle = run(text, at, to, HEAD);
        return middle == at ? -1 : run(text, middle, to, TAIL);
    }

    private static int contraction(char[] text, int at, int to) {
        if (to - at < 2 || text[at] != '\'') {
            return at;
        }
        char one = lower(text[at + 1]);
        if (one == 's' || one == 't' || one == 'm' || one == 'd') {
            return at + 2;
        }
        char two = to - at < 3 ? 0 : lower(text[at + 2]);
        return (one == 'r' || one == 'v') && two == 'e' || one == 'l' && two == 'l' ? at + 3 : at;
    }

    private static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c + 32) : c;
    }

    /** White space: to the end of its last line end; or all but the last, which belongs to the word behind; or one. */
    private static int blanks(char[] text, int at, int to) {
        int end = run(text, at, to, BLANK); // white space is all in the basic plane
        for (int i = end; i > at; i--) {
            if (text[i - 1] == '\r' || text[i - 1] == '\n') {
                return i;
            }
        }
        return end == to || end == at + 1 ? end : end - 1;
    }

    /** The end of the run of characters of these kinds. */
    private static int run(char[] text, int at, int to, int kinds) {
        int i = at;
        while (i < to && (kind(text, i, to) & kinds) != 0) {
            i += width(text, i, to);
        }
        return i;
    }

    private static int width(char[] text, int at, int to) {
        return Character.isHighSurrogate(text[at]) && at + 1 < to && Character.isLowSurrogate(text[at + 1]) ? 2 : 1;
    }

    private static int kind(char[] text, int at, int to) {
        char c = text[at];
        return c < 128 ? ASCII[c] & 0xFF : classify(Character.codePointAt(text, at, to));
    }

    private static int classify(int c) {
        return switch (Character.getType(c)) {
            case Character.UPPERCASE_LETTER, Character.TITLECASE_LETTER -> UPPER;
            case Character.LOWERCASE_LETTER -> LOWER;
            case Character.MODIFIER_LETTER, Character.OTHER_LETTER -> CASELESS;
            case Character.NON_SPACING_MARK, Character.ENCLOSING_MARK, Character.COMBINING_SPACING_MARK -> MARK;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> NUMBER;
            case Character.SPACE_SEPARATOR, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> SPACE;
            default -> c == '\r' || c == '\n' ? LINE : c >= 0x09 && c <= 0x0D || c == 0x85 ? SPACE : OTHER;
        };
    }

    // ---- tokens of a word

    /** Tokens of {@code text[from, to)}, which is one word. */
    private long tokens(char[] text, int from, int to) {
        long tokens = 0;
        int length = 0;
        for (int i = from; i < to; ) {
            if (length > WORD_BYTES_MAX - 4) { // a character may not fit
                tokens += tokens(length);
                length = 0;
            }
            char c = text[i];
            if (c < 0x80) {
                word[length++] = (byte) c;
                i++;
            } else {
                int width = width(text, i, to);
                length = encode(width == 2 ? Character.toCodePoint(c, text[i + 1]) : c, length);
                i += width;
            }
        }
        return tokens + tokens(length);
    }

    /** UTF-8; half of a surrogate pair comes out as U+FFFD. */
    private int encode(int codePoint, int at) {
        int c = codePoint >= 0xD800 && codePoint <= 0xDFFF ? 0xFFFD : codePoint;
        int i = at;
        if (c < 0x800) {
            word[i++] = (byte) (0xC0 | c >> 6);
        } else {
            if (c < 0x10000) {
                word[i++] = (byte) (0xE0 | c >> 12);
            } else {
                word[i++] = (byte) (0xF0 | c >> 18);
                word[i++] = (byte) (0x80 | c >> 12 & 0x3F);
            }
            word[i++] = (byte) (0x80 | c >> 6 & 0x3F);
        }
        word[i++] = (byte) (0x80 | c & 0x3F);
        return i;
    }

    /** Tokens of the word's first bytes: joins the pair of the least rank until no pair is a token. */
    private int tokens(int length) {
        if (length == 0 || ranks.of(word, 0, length) != Ranks.NONE) {
            return Math.min(1, length);
        }
        int count = length; // of parts
        for (int i = 0; i <= length; i++) {
            parts[i] = i;
            pairs[i] = i + 2 > length ? Ranks.NONE : ranks.of(word, i, i + 2);
        }
        while (true) {
            int best = 0;
            for (int i = 1; i < count - 1; i++) {
                if (pairs[i] < pairs[best]) {
                    best = i;
                }
            }
            if (count < 2 || pairs[best] == Ranks.NONE) {
                return count;
            }
            System.arraycopy(parts, best + 2, parts, best + 1, count - best - 1);
            System.arraycopy(pairs, best + 2, pairs, best + 1, count - best - 1);
            count--;
            pairs[best] = pair(best, count);
            if (best > 0) {
                pairs[best - 1] = pair(best - 1, count);
            }
        }
    }

    private int pair(int part, int count) {
        return part + 2 > count ? Ranks.NONE : ranks.of(word, parts[part], parts[part + 2]);
    }

    @Override
    public String toString() {
        return "o200k_base, " + ranks.size() + " tokens";
    }
}
