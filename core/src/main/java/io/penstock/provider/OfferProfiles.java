package io.penstock.provider;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.JsonText;
import io.penstock.protocol.translate.WireProfile;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** How a provider's offers are asked for, made once for each of them. Safe from any thread. */
public final class OfferProfiles {
    private final Provider provider;
    private final Map<String, Known> profiles = new ConcurrentHashMap<>(); // as many as there are offers
    private final Map<String, byte[]> quoted = new ConcurrentHashMap<>(); // as many as there are offers

    private record Known(Model model, WireProfile profile) {}

    public OfferProfiles(Provider provider) {
        this.provider = provider;
    }

    /** Who a request for that offer of the provider's is written for. */
    @SuppressWarnings("ReferenceEquality") // the same object, or it is made anew
    public WireProfile of(Model model, Offer offer) {
        Known known = profiles.get(offer.nativeId());
        if (known == null || known.model() != model) {
            known = new Known(model, provider.profile(model, offer));
            profiles.put(offer.nativeId(), known);
        }
        return known.profile();
    }

    /** The provider's own name of an offered model as a JSON string. Not to be changed. */
    public byte[] quoted(String nativeId) {
        byte[] json = quoted.get(nativeId);
        if (json == null) {
            json = JsonText.quote(new StringBuilder(), nativeId).toString().getBytes(StandardCharsets.UTF_8);
            quoted.put(nativeId, json);
        }
        return json;
    }
}
