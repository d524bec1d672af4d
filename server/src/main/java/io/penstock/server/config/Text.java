package io.penstock.server.config;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How names and values of a configuration are shown to a person. */
final class Text {
    /** Longer texts are cut: a message is one line. */
    private static final int SHOWN_MAX = 60;

    /** From here on a text of letters and digits is more likely a key than a name. */
    private static final int SECRET_CHARACTERS = 24;

    private Text() {}

    /** In quotes, on one line, not too long; what looks like a key is hidden, wherever it stands. */
    static String quoted(String value) {
        return '"' + shown(value) + '"';
    }

    static String shown(String value) {
        if (looksSecret(value)) {
            return "***";
        }
        var shown = new StringBuilder();
        for (int i = 0; i < value.length(); i++) {
            if (shown.length() >= SHOWN_MAX) {
                return shown.append('…').toString();
            }
            char c = value.charAt(i);
            shown.append(Character.isISOControl(c) ? '�' : c);
        }
        return shown.toString();
    }

    /** A key pasted in the wrong place, which must not end up in a log: a known prefix, or long and without a word. */
    private static boolean looksSecret(String value) {
        int sk = value.indexOf("sk-"); // but not a task- or a desk-
        if ((sk >= 0 && (sk == 0 || !Character.isLetter(value.charAt(sk - 1))))
                || value.contains("gsk_")
                || value.contains("AIza")
                || value.contains("Bearer ")) {
            return true;
        }
        boolean digit = false;
        boolean letter = false;
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            digit |= c >= '0' && c <= '9';
            letter |= (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            if (!Character.isLetterOrDigit(c) && c != '-' && c != '_' && c != '+' && c != '=') {
                return false;
            }
        }
        return digit && letter && value.length() >= SECRET_CHARACTERS;
    }

    /** {@code did you mean "prefer"?}, or the whole list if nothing is near. */
    static String hint(String unknown, Collection<String> known) {
        String near = nearest(unknown, known);
        return near == null ? "expected: " + String.join(", ", known) : "did you mean \"" + near + "\"?";
    }

    /** The known name that is a slip of the pen away, or null. */
    static @Nullable String nearest(String unknown, Collection<String> known) {
        String text = unknown.toLowerCase(Locale.ROOT).replace('-', '_');
        @Nullable String nearest = null;
        int least = Math.max(1, Math.min(text.length(), 12) / 3) + 1;
        for (String name : known) {
            int distance = distance(text, name.toLowerCase(Locale.ROOT).replace('-', '_'), least);
            if (distance < least) {
                least = distance;
                nearest = name;
            }
        }
        return nearest;
    }

    /** Letters to add, drop, change or swap with their neighbour (optimal string alignment), or {@code limit} if more. */
    static int distance(String a, String b, int limit) {
        if (Math.abs(a.length() - b.length()) >= limit) {
            return limit;
        }
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            d[i][0] = i;
        }
        for (int j = 0; j <= b.length(); j++) {
            d[0][j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                int least = Math.min(d[i - 1][j - 1] + (same ? 0 : 1), Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                d[i][j] = swapped ? Math.min(least, d[i - 2][j - 2] + 1) : least;
            }
        }
        return Math.min(limit, d[a.length()][b.length()]);
    }
}
