package io.penstock.guardrail;

import io.penstock.guardrail.Verdict.Edit;
import org.jspecify.annotations.Nullable;

/**
 * Passes an answer's text through a guardrail, piece by piece, and holds back what may still be looked at: at most the
 * {@linkplain Guardrail#lookBehind look-behind}, and a character if a pair would be cut. However the text is cut, the same comes
 * out; of one that is blocked, a part of what stands before. Not for use by several threads.
 */
public final class IncomingText {
    private final Guardrail guardrail;
    private final StringBuilder held = new StringBuilder();
    private @Nullable Verdict said;
    private boolean blocked;

    public IncomingText(Guardrail guardrail) {
        this.guardrail = guardrail;
    }

    /**
     * More of the answer came; what may go to the client now is added to {@code out}. Nothing more does once it is blocked.
     *
     * @param last whether the answer ends with it
     */
    public void add(CharSequence piece, boolean last, StringBuilder out) {
        if (blocked) {
            return;
        }
        held.append(piece);
        Verdict verdict = guardrail.incoming(held, last);
        if (verdict.kind() != Verdict.Kind.ALLOW && said == null || verdict.kind() == Verdict.Kind.BLOCK) {
            said = verdict;
        }
        if (verdict.kind() == Verdict.Kind.BLOCK) {
            blocked = true;
            held.setLength(0);
            return;
        }
        int gone = 0;
        for (Edit edit : verdict.edits()) {
            out.append(held, gone, edit.from()).append(edit.replacement());
            gone = edit.to();
        }
        int free = last ? held.length() : Math.max(gone, held.length() - guardrail.lookBehind());
        if (free > gone && free < held.length() && Character.isHighSurrogate(held.charAt(free - 1))) {
            free--; // a pair stays together
        }
        out.append(held, gone, free);
        held.delete(0, free);
    }

    /** Whether the answer must end; what was held back is gone. */
    public boolean blocked() {
        return blocked;
    }

    /** The first verdict other than to allow, or the one that blocked; null if all was allowed. */
    public @Nullable Verdict said() {
        return said;
    }
}
