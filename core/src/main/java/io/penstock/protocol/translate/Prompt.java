package io.penstock.protocol.translate;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as all three protocols mean it. Filled by a reader, then written; its slices point into the client's body.
 * Belongs to one exchange.
 */
final class Prompt {
    private final List<Turn> turns = new ArrayList<>();
    private final List<Tool> tools = new ArrayList<>();
    private final Map<Param, Slice> params = new EnumMap<>(Param.class);
    private final List<Slice> stops = new ArrayList<>();
    private final ToolNames names;
    private final Losses losses = new Losses();

    @Nullable
    ToolChoice toolChoice;

    boolean oneCallAtATime;
    int maxTokens = -1;
    boolean stream;

    @Nullable
    Format format;

    @Nullable
    Effort effort;

    @Nullable
    Slice user;

    Prompt() {
        this(new ToolNames());
    }

    Prompt(ToolNames names) {
        this.names = names;
    }

    /** In order. Two turns of one role may follow each other. */
    List<Turn> turns() {
        return turns;
    }

    List<Tool> tools() {
        return tools;
    }

    /** Raw JSON values, a string with its quotes. */
    Map<Param, Slice> params() {
        return params;
    }

    /** Contents of strings. */
    List<Slice> stops() {
        return stops;
    }

    ToolNames names() {
        return names;
    }

    Losses losses() {
        return losses;
    }

    /** The last turn if it has that role, else a new one. */
    Turn turn(Turn.Role role) {
        Turn last = turns.isEmpty() ? null : turns.get(turns.size() - 1);
        if (last != null && last.role() == role) {
            return last;
        }
        return newTurn(role);
    }

    Turn newTurn(Turn.Role role) {
        Turn turn = new Turn(role);
        turns.add(turn);
        return turn;
    }

    /** The choice of tools, if there is one to be made: what was left out cannot be called. */
    @Nullable
    ToolChoice choice() {
        ToolChoice choice = toolChoice;
        if (choice == null || tools.isEmpty()) {
            return null;
        }
        boolean known = choice.kind() != ToolChoice.Kind.NAMED;
        for (Tool tool : tools) {
            known |= tool.name().equals(choice.name());
        }
        return known ? choice : null;
    }

    /** Notes a parameter, if it has a value. */
    void param(Param param, JsonTape tape, int node) {
        if (tape.isValue(node)) {
            params.put(param, tape.raw(node));
        }
    }
}
