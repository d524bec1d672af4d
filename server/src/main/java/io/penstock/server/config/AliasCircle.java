package io.penstock.server.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds aliases that name each other in a circle, so that no model stands at their end. Static. */
final class AliasCircle {
    /** What should be at the end of every alias. */
    static final String EXPECTED = "a model id at its end";

    private AliasCircle() {}

    /**
     * The circle that begins and ends with that alias, such as {@code a → b → a}; null if it is in none. One that only leads
     * into a circle is in none itself: whoever names it hears of the circle.
     */
    static @Nullable String of(String name, Map<String, String> aliases) {
        List<String> way = new ArrayList<>();
        way.add(name);
        String next = aliases.get(name);
        for (int step = 0; next != null && step < aliases.size(); step++) {
            way.add(next);
            if (next.equals(name)) {
                return String.join(" → ", way);
            }
            next = aliases.get(next);
        }
        return null;
    }

    /** The names of a circle, the first one once. */
    static List<String> names(String circle) {
        List<String> names = List.of(circle.split(" → "));
        return names.subList(0, names.size() - 1);
    }
}
