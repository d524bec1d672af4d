package io.penstock.guardrail;

import io.penstock.guardrail.Verdict.Edit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Looks for phrases in what goes out and in what comes back, wherever an answer's pieces are cut, and blocks, flags or redacts.
 * At each place the longest phrase counts; what is redacted is not looked at again. Letters of ASCII match in both cases.
 *
 * <p>The work is bounded: each character is compared with the phrases that begin as it does. Immutable; safe from any thread.
 */
public final class Phrases implements Guardrail {
    /** Characters of a phrase at most. */
    public static final int CHARS_MAX = 256;

    /** Phrases at most. */
    public static final int PHRASES_MAX = 1_000;

    private static final String MASK = "***";
    private static final int FIRST_LETTERS = 128; // those above share a place with one below
    private static final int UNDECIDED = -1;

    private final String name;
    private final Verdict.Kind kind;
    private final String[][] byFirst = new String[FIRST_LETTERS][]; // the longest first
    private final int longest;

    /**
     * @param kind what a phrase leads to; not {@link Verdict.Kind#ALLOW}
     * @param phrases at least one
     */
    public Phrases(String name, Verdict.Kind kind, Collection<String> phrases) {
        if (kind == Verdict.Kind.ALLOW || phrases.isEmpty() || phrases.size() > PHRASES_MAX) {
            throw new IllegalArgumentException(phrases.size() + " phrases that lead to " + kind + " (expected: 1 to "
                    + PHRASES_MAX + ", and BLOCK, FLAG or REDACT)");
        }
        this.name = name;
        this.kind = kind;
        List<String> sorted = new ArrayList<>();
        for (String phrase : phrases) {
            if (phrase.isEmpty() || phrase.length() > CHARS_MAX) {
                throw new IllegalArgumentException(
                        "a phrase of " + phrase.length() + " characters (expected: 1 to " + CHARS_MAX + ")");
            }
            sorted.add(phrase);
        }
        sorted.sort((a, b) -> b.length() - a.length());
        this.longest = sorted.get(0).length();
        for (int first = 0; first < FIRST_LETTERS; first++) {
            int place = first;
            byFirst[first] = sorted.stream()
                    .filter(phrase -> place(phrase.charAt(0)) == place)
                    .toArray(String[]::new);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int lookBehind() {
        return longest - 1;
    }

    @Override
    public Verdict outgoing(List<? extends CharSequence> pieces) {
        List<Edit> edits = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            if (find(pieces.get(i), i, true, edits)) {
                return said();
            }
        }
        return edits.isEmpty() ? Verdict.ALLOW : Verdict.redact(reason(), edits);
    }

    @Override
    public Verdict incoming(CharSequence text, boolean last) {
        List<Edit> edits = new ArrayList<>();
        if (find(text, 0, last, edits)) {
            return said();
        }
        return edits.isEmpty() ? Verdict.ALLOW : Verdict.redact(reason(), edits);
    }

    private Verdict said() {
        return kind == Verdict.Kind.BLOCK ? Verdict.block(reason()) : Verdict.flag(reason());
    }

    private String reason() {
        return name + " found a phrase of its list";
    }

    /** Whether a phrase is there, and the verdict does not depend on where; else its places are collected. */
    private boolean find(CharSequence text, int piece, boolean last, List<Edit> edits) {
        for (int at = 0; at < text.length(); ) {
            int length = lengthAt(text, at, last);
            if (length == UNDECIDED) {
                return false;
            }
            if (length > 0 && kind != Verdict.Kind.REDACT) {
                return true;
            }
            if (length > 0) {
                edits.add(new Edit(piece, at, at + length, MASK));
            }
            at += Math.max(1, length);
        }
        return false;
    }

    /** How long the phrase is that begins there, 0 if none does, {@link #UNDECIDED} if that depends on what comes. */
    private int lengthAt(CharSequence text, int at, boolean last) {
        for (String phrase : byFirst[place(text.charAt(at))]) {
            int common = Math.min(phrase.length(), text.length() - at);
            int same = 0;
            while (same < common && lower(text.charAt(at + same)) == lower(phrase.charAt(same))) {
                same++;
            }
            if (same == phrase.length()) {
                return same;
            }
            if (same == common && !last) { // the text ends within the phrase
                return UNDECIDED;
            }
        }
        return 0;
    }

    private static int place(char c) {
        return lower(c) & FIRST_LETTERS - 1;
    }

    private static char lower(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
    }
}
