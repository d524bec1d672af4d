package io.penstock.protocol.translate;

import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What one translation left out. Not thread-safe. */
public final class Losses {
    private final EnumSet<Loss> kinds = EnumSet.noneOf(Loss.class);
    private @Nullable String firstParameter;

    /** Notes that something is left out; {@code field} names it as the client wrote it. */
    void add(Loss kind, String field) {
        kinds.add(kind);
        if (kind.parameter() && firstParameter == null) {
            firstParameter = field;
        }
    }

    /** Notes it without a name, for what is not a field. */
    void add(Loss kind) {
        add(kind, kind.label());
    }

    /** Each kind once. */
    public Set<Loss> kinds() {
        return kinds;
    }

    /** The first parameter that was left out; null if none was. */
    public @Nullable String firstParameter() {
        return firstParameter;
    }
}
