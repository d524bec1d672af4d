package io.penstock.provider;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Takes secrets out of what others say: the texts that it knows, and what looks like a key. A known text is found as it is, with
 * letters escaped as in JSON (once or twice) or in a URL ({@code %2D}), and in base64. Immutable; safe
 * from any thread; for rare paths, since each letter of the words is compared with the beginning of each secret.
 */
public final class Masks {
    /** Knows no secret; what looks like a key is masked all the same. */
    public static final Masks NONE = new Masks(List.of());

    private static final int BYTES_MIN = 8; // shorter ones are no secrets, and words of their own: "none", "ollama"
    private static final int BASE64_BYTES_MIN = 12;
    private static final int BACKSLASHES_MAX =
            8; // before a letter: JSON in JSON in JSON; bounds the work on a long run of them
    private static final String MASK = "***";
    private static final List<String> SECRET_HEADERS = List.of("auth", "key", "token", "secret", "cookie");

    private final String[] known; // secrets
    private final String[] encoded; // in base64, at each of the three ways to lie in it
    private final boolean[] begins = new boolean[128]; // by a letter: whether one of them may begin with it

    private Masks(Collection<String> secrets) {
        List<String> plain = new ArrayList<>();
        List<String> base64 = new ArrayList<>();
        for (String secret : secrets) {
            if (secret.length() >= BYTES_MIN && !plain.contains(secret)) {
                plain.add(secret);
                if (secret.length() >= BASE64_BYTES_MIN) {
                    encode(secret, base64);
                }
            }
        }
        plain.sort((a, b) -> b.length() - a.length()); // one may begin with another
        this.known = plain.toArray(String[]::new);
        this.encoded = base64.toArray(String[]::new);
        base64.addAll(plain);
        for (String text : base64) {
            begins[text.charAt(0) & 127] = true;
            begins['\\'] = true;
            begins['%'] = true;
        }
    }

    /** Whether a header of that name holds a secret. */
    public static boolean secretHeader(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        for (String word : SECRET_HEADERS) {
            if (lower.contains(word)) {
                return true;
            }
        }
        return false;
    }

    /** Masks that know these. */
    public static Masks of(Collection<String> secrets) {
        return secrets.isEmpty() ? NONE : new Masks(secrets);
    }

    /** The letters of base64 that the secret alone decides, behind none, one and two bytes of something else. */
    private static void encode(String secret, List<String> into) {
        byte[] bytes = secret.getBytes(StandardCharsets.UTF_8);
        for (int before = 0; before < 3; before++) {
            byte[] shifted = new byte[before + bytes.length];
            System.arraycopy(bytes, 0, shifted, before, bytes.length);
            int from = (before * 8 + 5) / 6;
            int to = shifted.length * 8 / 6;
            for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
                String text = new String(encoder.encode(shifted), StandardCharsets.ISO_8859_1).substring(from, to);
                if (!into.contains(text)) {
                    into.add(text);
                }
            }
        }
    }

    /** A provider's words about a failure, without secrets and what looks like one; the same object if there is none. */
    public String inError(String words) {
        return KeyLike.masked(known(words), KeyLike.LETTERS_MIN_IN_ERRORS);
    }

    /** Words without secrets and what looks like one beyond doubt; the same object if there is none. */
    public String masked(String words) {
        return KeyLike.masked(known(words), KeyLike.LETTERS_MIN);
    }

    /** Bytes of UTF-8, such as an event, without known secrets, or null if there is none. */
    public byte @Nullable [] known(byte[] utf8) {
        String text = new String(utf8, StandardCharsets.ISO_8859_1); // a letter for each byte, and back
        String masked = known(text);
        return masked.equals(text) ? null : masked.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** Bytes of UTF-8 that tell a failure, as {@link #inError(String)} has them, or null if they may be told as they are. */
    public byte @Nullable [] inError(byte[] utf8) {
        String text = new String(utf8, StandardCharsets.ISO_8859_1);
        String masked = inError(text);
        return masked.equals(text) ? null : masked.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** The words without known secrets; the same object if there is none. */
    public String known(String words) {
        StringBuilder out = null;
        int copied = 0;
        for (int i = 0; i < words.length(); ) {
            if (!begins[words.charAt(i) & 127]) {
                i++;
                continue;
            }
            int start = i;
            int end = -1;
            for (int k = 0; end < 0 && k < known.length; k++) {
                end = end(words, i, known[k]);
            }
            for (int k = 0; end < 0 && k < encoded.length; k++) {
                end = end(words, i, encoded[k]);
                if (end >= 0) {
                    start = Math.max(copied, base64Start(words, i));
                    end = base64End(words, end);
                }
            }
            if (end < 0) {
                i++;
                continue;
            }
            out = out == null ? new StringBuilder(words.length()) : out;
            out.append(words, copied, start).append(MASK);
            copied = end;
            i = end;
        }
        return out == null ? words : out.append(words, copied, words.length()).toString();
    }

    /** Index behind the secret if it begins at {@code from}, however its letters are written; else -1. */
    private static int end(String words, int from, String secret) {
        return end(words, from, secret, 0);
    }

    /** The same for its letters from {@code first} on. Where one can be read in two ways (a {@code u}, a {@code %}) both are tried. */
    private static int end(String words, int from, String secret, int first) {
        int i = from;
        for (int s = first; s < secret.length(); s++) {
            if (i >= words.length()) {
                return -1;
            }
            char wanted = secret.charAt(s);
            char c = words.charAt(i);
            if (c != '\\' && c != '%') {
                if (c != wanted) {
                    return -1;
                }
                i++;
                continue;
            }
            int behind = c == '\\' ? behindBackslashes(words, i) : i;
            int plain = c == wanted ? i + 1 : c == '\\' && at(words, behind) == wanted ? behind + 1 : -1;
            int escaped = -1;
            if (c == '%' && hex(words, i + 1, 2) == wanted) {
                escaped = i + 3;
            } else if (c == '\\' && at(words, behind) == 'u' && hex(words, behind + 1, 4) == wanted) {
                escaped = behind + 5;
            }
            if (plain >= 0 && escaped >= 0) {
                int end = end(words, escaped, secret, s + 1);
                if (end >= 0) {
                    return end;
                }
            }
            i = plain >= 0 ? plain : escaped;
            if (i < 0) {
                return -1;
            }
        }
        return i;
    }

    private static int behindBackslashes(String words, int from) {
        int i = from;
        while (i < from + BACKSLASHES_MAX && at(words, i) == '\\') {
            i++;
        }
        return i;
    }

    /** Negative behind the end. */
    private static int at(String words, int index) {
        return index < words.length() ? words.charAt(index) : -1;
    }

    private static int hex(String words, int from, int digits) {
        if (from + digits > words.length()) {
            return -1;
        }
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = Character.digit(words.charAt(i), 16);
            if (digit < 0) {
                return -1;
            }
            value = value << 4 | digit;
        }
        return value;
    }

    private static int base64Start(String words, int from) {
        int i = from;
        while (i > 0 && words.charAt(i - 1) != '=' && base64(words.charAt(i - 1))) {
            i--;
        }
        return i;
    }

    private static int base64End(String words, int from) {
        int i = from;
        while (i < words.length() && base64(words.charAt(i))) {
            i++;
        }
        return i;
    }

    private static boolean base64(char c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || "+/=-_".indexOf(c) >= 0;
    }

    @Override
    public String toString() {
        return "masks";
    }
}
