package io.penstock.server.upstream;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Form;
import io.penstock.provider.Providers;
import io.penstock.routing.Preference;
import io.penstock.routing.Routes;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The models on offer, where their providers are reached, and how they do. Replaced whole when models come or go; safe from
 * any thread.
 */
public final class ProviderRegistry {
    private final Parts parts;
    private final Map<Form, FormRoutes> routes = new EnumMap<>(Form.class);

    /**
     * What it is made of.
     *
     * @param auto whether {@code auto} may be asked for
     * @param preference what matters when the router chooses
     * @param chat the models that {@code auto} may choose from
     * @param targets by protocol, then by the id of the provider that speaks it
     */
    public record Parts(
            Catalog catalog,
            Providers providers,
            boolean auto,
            Preference preference,
            List<Model> chat,
            Map<Protocol, Map<String, Target>> targets) {
        public Parts {
            chat = List.copyOf(chat);
            Map<Protocol, Map<String, Target>> copy = new EnumMap<>(Protocol.class);
            for (Protocol protocol : Protocol.values()) {
                copy.put(protocol, Map.copyOf(targets.getOrDefault(protocol, Map.of())));
            }
            targets = Collections.unmodifiableMap(copy);
        }
    }

    public ProviderRegistry(Parts parts) {
        this.parts = parts;
        for (Form form : Form.values()) {
            routes.put(form, new FormRoutes(parts, form));
        }
    }

    public Catalog catalog() {
        return parts.catalog();
    }

    public boolean auto() {
        return parts.auto();
    }

    public Preference preference() {
        return parts.preference();
    }

    /** How many providers speak that protocol. */
    public int speaking(Protocol protocol) {
        Map<String, Target> targetsOf = parts.targets().get(protocol);
        return targetsOf == null ? 0 : targetsOf.size();
    }

    /** Which variable or field would configure one of these providers. */
    public String hint(List<String> ids) {
        return parts.providers().hint(ids);
    }

    /** What a router sees for a request of that form. */
    public Routes routes(Form form) {
        return views(form);
    }

    /** How an offer is asked for a request of that form; null if its provider is reached in no protocol that it offers. */
    @Nullable
    public ProtocolPreference way(Form form, Model model, Offer offer) {
        ProtocolPreference known = views(form).way(offer);
        return known != null
                ? known
                : ProtocolPreference.to(parts.targets(), model, offer, form); // a router's own copy of an offer
    }

    /** Where embeddings, and completions as they are, are asked for: null if the provider speaks no chat. */
    @Nullable
    public ProtocolPreference untranslated(Offer offer) {
        return ProtocolPreference.untranslated(parts.targets(), offer);
    }

    private FormRoutes views(Form form) {
        FormRoutes of = routes.get(form);
        if (of == null) {
            throw new IllegalStateException("form: " + form + " (expected: one that was there at the start)");
        }
        return of;
    }
}
