package io.penstock.guardrail;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import java.util.List;

/**
 * A rule with a verdict. Pure: the same question gets the same answer, and nothing is remembered from one to the next, so that
 * one object serves all requests at once, from any thread. It must be quick: it is asked on the threads that move bytes.
 *
 * <p>Never throws. {@code GuardrailContract} among the tests is what every guardrail keeps to; a plug-in's test extends it.
 */
public interface Guardrail {
    /** The most that {@link #lookBehind} may be. */
    int LOOK_BEHIND_MAX = 4_096;

    /** Its name in the configuration and in logs: lower-case letters, digits and dashes. */
    String name();

    /** Before a route is made: whether that offer of the model may be used. */
    default boolean allows(Model model, Offer offer) {
        return true;
    }

    /**
     * Before a request goes out.
     *
     * @param pieces the texts of the request in order; each message, part and tool result is a piece of its own. Not changed
     */
    default Verdict outgoing(List<? extends CharSequence> pieces) {
        return Verdict.ALLOW;
    }

    /**
     * How many characters of an answer are held back from the client until more have come or the answer ends: one less than
     * the longest text that {@link #incoming} looks for. From 0 to {@link #LOOK_BEHIND_MAX}.
     */
    default int lookBehind() {
        return 0;
    }

    /**
     * While an answer comes. What stands in {@code text} has not reached the client yet: the last {@link #lookBehind} characters
     * of what was there before, or all since the last edit, and what is new. Where something stands at the end that may go on,
     * the rule waits for it; nothing longer than the look-behind can be waited for.
     *
     * @param text not changed
     * @param last whether the answer ends here, so that nothing goes on
     */
    default Verdict incoming(CharSequence text, boolean last) {
        return Verdict.ALLOW;
    }
}
