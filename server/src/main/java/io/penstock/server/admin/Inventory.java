package io.penstock.server.admin;

import io.penstock.catalog.Catalog;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is on offer, and why.
 *
 * @param catalog the models
 * @param origins where each provider came from, by its id, in order: {@code penstock.yaml:12}, a variable's name, or how it
 *     was found
 */
public record Inventory(Catalog catalog, Map<String, String> origins) {
    public Inventory {
        origins = Collections.unmodifiableMap(new LinkedHashMap<>(origins));
    }

    /** What a person should know of it, one line each. */
    public List<String> warnings() {
        List<String> warnings = new ArrayList<>();
        catalog.hidden()
                .forEach((alias, id) -> warnings.add("aliases." + alias + ": hides the model " + id
                        + "; requests for it go to " + catalog.aliases().get(alias)));
        return warnings;
    }
}
