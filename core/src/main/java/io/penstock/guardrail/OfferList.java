package io.penstock.guardrail;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Allows the models and the providers of a list, and no others. Immutable; safe from any thread. */
public final class OfferList implements Guardrail {
    private static final String FREE = ":free";

    private final String name;
    private final Set<String> models; // ids
    private final List<String> authors; // with their slash
    private final Set<String> providers; // ids

    /**
     * @param models ids, or {@code author/*} for all of an author's; an id stands for its free variant too. None: any model
     * @param providers ids. None: any provider
     */
    public OfferList(String name, Collection<String> models, Collection<String> providers) {
        this.name = name;
        Set<String> ids = new HashSet<>();
        List<String> wholes = new ArrayList<>();
        for (String model : models) {
            int slash = model.indexOf('/');
            if (slash <= 0 || slash == model.length() - 1) {
                throw new IllegalArgumentException("model: \"" + model + "\" (expected: author/name, or author/*)");
            }
            if (model.endsWith("/*")) {
                wholes.add(model.substring(0, slash + 1));
            } else {
                ids.add(model);
                ids.add(model + FREE);
            }
        }
        this.models = Set.copyOf(ids);
        this.authors = List.copyOf(wholes);
        this.providers = Set.copyOf(providers);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public boolean allows(Model model, Offer offer) {
        return (providers.isEmpty() || providers.contains(offer.provider())) && allows(model.id());
    }

    private boolean allows(String id) {
        if (models.isEmpty() && authors.isEmpty() || models.contains(id)) {
            return true;
        }
        for (int i = 0; i < authors.size(); i++) {
            if (id.startsWith(authors.get(i))) {
                return true;
            }
        }
        return false;
    }
}
