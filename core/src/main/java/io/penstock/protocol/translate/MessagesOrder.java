package io.penstock.protocol.translate;

import io.penstock.protocol.translate.Turn.Role;
import java.util.ArrayList;
import java.util.List;

/**
 * A prompt in the order of Anthropic messages: what the system says apart, turns that alternate, results of tools right behind
 * their calls, nothing that could not be written.
 *
 * @param turns user and assistant, in turn, a user's first
 * @param system what stands before them
 */
record MessagesOrder(List<Turn> turns, List<Part.Text> system) {
    private static final Slice OPENING = Slice.of("…"); // where the first word would be the assistant's
    private static final Slice JSON_ONLY = Slice.of("Answer with one JSON object and nothing else.");

    /** Of that prompt, whose losses are noted there. */
    static MessagesOrder of(Prompt prompt, WireProfile to) {
        MessagesOrder order = new MessagesOrder(new ArrayList<>(), new ArrayList<>());
        order.arrange(prompt, to);
        return order;
    }

    private void arrange(Prompt prompt, WireProfile to) {
        boolean leading = true;
        for (Turn turn : prompt.turns()) {
            leading &= turn.role() == Role.SYSTEM;
            for (Part part : turn.parts()) {
                if (!writable(part, prompt, to)) {
                    continue;
                }
                if (leading && part instanceof Part.Text text) {
                    system.add(text);
                } else if (!leading || turn.role() != Role.SYSTEM) {
                    last(turn.role() == Role.ASSISTANT ? Role.ASSISTANT : Role.USER)
                            .parts()
                            .add(part);
                }
            }
        }
        Format format = prompt.format;
        if (format != null && format.schema() == null) {
            system.add(new Part.Text(JSON_ONLY, Part.Cache.NONE));
        }
        if (turns.isEmpty() || turns.get(0).role() == Role.ASSISTANT) {
            Turn opening = new Turn(Role.USER);
            opening.parts().add(new Part.Text(OPENING, Part.Cache.NONE));
            turns.add(0, opening);
        }
        for (Turn turn : turns) {
            resultsFirst(turn);
        }
    }

    private Turn last(Role role) {
        if (turns.isEmpty() || turns.get(turns.size() - 1).role() != role) {
            turns.add(new Turn(role));
        }
        return turns.get(turns.size() - 1);
    }

    private static boolean writable(Part part, Prompt prompt, WireProfile to) {
        if (part instanceof Part.Text text) {
            return !text.text().isBlank();
        }
        if (part instanceof Part.Thinking thinking) {
            Opaque opaque = thinking.opaque();
            boolean own = opaque != null
                    && opaque.madeBy(to.provider())
                    && (opaque.kind() == Opaque.Kind.SIGNATURE || opaque.kind() == Opaque.Kind.REDACTED);
            if (!own) {
                prompt.losses().add(Loss.FOREIGN_THINKING);
            }
            return own;
        }
        return true;
    }

    private static void resultsFirst(Turn turn) {
        List<Part> parts = turn.parts();
        int results = 0;
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i) instanceof Part.Result) {
                parts.add(results++, parts.remove(i));
            }
        }
    }
}
