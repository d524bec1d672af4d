package io.penstock.guardrail;

import java.util.List;

/**
 * What a guardrail says of texts.
 *
 * @param kind what shall be done
 * @param reason for the owner and the client, without the text it is about; empty if there is nothing to say
 * @param edits of {@link Kind#REDACT}, by piece and place, none over another; else none
 */
public record Verdict(Kind kind, String reason, List<Edit> edits) {
    /** Go on. */
    public static final Verdict ALLOW = new Verdict(Kind.ALLOW, "", List.of());

    /** What shall be done. */
    public enum Kind {
        /** Go on. */
        ALLOW,
        /** Refuse the request, or end the answer; what is held back of it stays here. */
        BLOCK,
        /** Go on, and tell the owner. */
        FLAG,
        /** Go on with the edits. */
        REDACT
    }

    /**
     * Another text in the place of some characters.
     *
     * @param piece index of the piece; 0 for an answer's text
     * @param from index of the first character, from 0
     * @param to index behind the last; above {@code from}
     */
    public record Edit(int piece, int from, int to, String replacement) {
        public Edit {
            if (piece < 0 || from < 0 || to <= from) {
                throw new IllegalArgumentException(
                        "edit of piece " + piece + " from " + from + " to " + to + " (expected: some characters)");
            }
        }
    }

    public Verdict {
        edits = List.copyOf(edits);
        if ((kind == Kind.REDACT) == edits.isEmpty()) {
            throw new IllegalArgumentException(
                    edits.size() + " edits of " + kind + " (expected: some of REDACT alone)");
        }
        for (int i = 1; i < edits.size(); i++) {
            Edit before = edits.get(i - 1);
            Edit edit = edits.get(i);
            if (edit.piece() < before.piece() || edit.piece() == before.piece() && edit.from() < before.to()) {
                throw new IllegalArgumentException("edits out of order, or one over another: " + before + ", " + edit);
            }
        }
    }

    public static Verdict block(String reason) {
        return new Verdict(Kind.BLOCK, reason, List.of());
    }

    public static Verdict flag(String reason) {
        return new Verdict(Kind.FLAG, reason, List.of());
    }

    /** At least one edit, in order. */
    public static Verdict redact(String reason, List<Edit> edits) {
        return new Verdict(Kind.REDACT, reason, edits);
    }
}
