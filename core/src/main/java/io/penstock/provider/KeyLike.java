package io.penstock.provider;

import java.util.List;
import java.util.stream.Stream;

/**
 * What looks like a key, whosever it is: the known beginnings with enough letters behind them, and what follows
 * {@code Bearer}. The providers' beginnings stand in their rows. Static methods, safe from any thread.
 *
 * <p>A beginning that is short or a common word's end counts only at the start of a word ({@code task-management} is no key).
 */
public final class KeyLike {
    /** Letters behind a beginning, where a person's words are not to be harmed: a label such as sk-or-v1-3f2…9ab stays. */
    public static final int LETTERS_MIN = 16;

    /** Where it is said what is wrong with a key: providers show them in part, such as {@code sk-ab***yz}. */
    public static final int LETTERS_MIN_IN_ERRORS = 6;

    private static final int BEARER_LETTERS_MIN = 8;
    private static final String BEARER = "bearer";
    private static final String SK = "sk-"; // all that stays of a key, whatever follows

    /** Of whom nobody is a provider here, and of our own keys. */
    private static final List<String> OTHERS = List.of(
            "sk-or-v1-", // ours
            "sk_",
            "csk-", // Cerebras
            "hf_", // Hugging Face
            "r8_", // Replicate
            "nvapi-",
            "pplx-",
            "ghp_",
            "github_pat_",
            "glpat-",
            "AKIA"); // Amazon

    private static final List<String> BEGINNINGS = Stream.concat(
                    BuiltInProviders.all().stream().flatMap(provider -> provider.traits().credentials().stream()),
                    OTHERS.stream())
            .distinct()
            .toList();

    private static final int ANYWHERE_LETTERS_MIN = 4; // a beginning this long is no end of a word

    private KeyLike() {}

    /** How they begin, for those who look for their first letters; {@code Bearer} comes in any case. */
    public static List<String> beginnings() {
        return BEGINNINGS;
    }

    /** The text with {@code ***} for the secret part of what looks like a key; the same object if there is none. */
    public static String masked(String text, int lettersMin) {
        StringBuilder out = null;
        int copied = 0;
        for (int i = 0; i < text.length(); ) {
            int secret = secretStart(text, i, lettersMin);
            if (secret < 0) {
                i++;
                continue;
            }
            out = out == null ? new StringBuilder(text.length()) : out;
            out.append(text, copied, secret).append("***");
            copied = secretEnd(text, i, secret);
            i = copied;
        }
        return out == null ? text : out.append(text, copied, text.length()).toString();
    }

    /** Where the secret part begins of what looks like a key and begins at {@code at}; negative if nothing does. */
    public static int secretStart(CharSequence text, int at, int lettersMin) {
        char first = text.charAt(at);
        if (first == 'b' || first == 'B') {
            return bearer(text, at, Math.min(lettersMin, BEARER_LETTERS_MIN));
        }
        for (int i = 0; i < BEGINNINGS.size(); i++) {
            String beginning = BEGINNINGS.get(i);
            if (first == beginning.charAt(0)
                    && begins(text, at, beginning)
                    && (beginning.length() >= ANYWHERE_LETTERS_MIN || at == 0 || !alphanumeric(text.charAt(at - 1)))) {
                int start = at + (beginning.startsWith(SK) ? SK.length() : beginning.length());
                int end = wordEnd(text, at + beginning.length());
                if (end - start >= lettersMin) {
                    return start;
                }
            }
        }
        return -1;
    }

    /** Where it ends, after {@link #secretStart} has found it at {@code at}. */
    public static int secretEnd(CharSequence text, int at, int secretStart) {
        char first = text.charAt(at);
        return first == 'b' || first == 'B' ? visibleEnd(text, secretStart) : wordEnd(text, secretStart);
    }

    private static int bearer(CharSequence text, int at, int lettersMin) {
        int end = at + BEARER.length();
        if (end >= text.length()) {
            return -1;
        }
        for (int i = 0; i < BEARER.length(); i++) {
            if ((text.charAt(at + i) | 0x20) != BEARER.charAt(i)) {
                return -1;
            }
        }
        int start = end;
        while (start < text.length() && (text.charAt(start) == ' ' || text.charAt(start) == '\t')) {
            start++;
        }
        return start > end && visibleEnd(text, start) - start >= lettersMin ? start : -1;
    }

    private static boolean begins(CharSequence text, int at, String beginning) {
        if (text.length() - at < beginning.length()) {
            return false;
        }
        for (int i = 1; i < beginning.length(); i++) {
            if (text.charAt(at + i) != beginning.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int wordEnd(CharSequence text, int from) {
        int i = from;
        while (i < text.length() && word(text.charAt(i))) {
            i++;
        }
        return i;
    }

    private static int visibleEnd(CharSequence text, int from) {
        int i = from;
        while (i < text.length() && text.charAt(i) > ' ' && text.charAt(i) != '"' && text.charAt(i) != '\'') {
            i++;
        }
        return i;
    }

    private static boolean word(char c) {
        return alphanumeric(c) || c == '-' || c == '_' || c == '*' || c == '.';
    }

    private static boolean alphanumeric(char c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
    }
}
