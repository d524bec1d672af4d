package io.penstock.server.exchange;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.catalog.Resolution;
import io.penstock.pricing.Pricing;
import io.penstock.protocol.UsageCounter.Iteration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The prices of an answer's several runs: of the model that each of them names, at the provider that served it. A model that
 * is not known there is priced as the one that was asked for, which is remembered. Immutable.
 *
 * @param unpriced a model without a price of its own; null if there is none
 */
record RunPrices(List<Pricing.Run> runs, @Nullable String unpriced) {
    private static final Pattern UNSPEAKABLE = Pattern.compile("[^A-Za-z0-9._:/@-]"); // it stands in the log

    static RunPrices of(List<Iteration> iterations, Offer own, Catalog catalog) {
        List<Pricing.Run> runs = new ArrayList<>(iterations.size());
        String unpriced = null;
        for (Iteration one : iterations) {
            String model = one.model();
            Price price = model == null ? own.price() : price(model, own, catalog);
            if (price == null) {
                unpriced = UNSPEAKABLE.matcher(String.valueOf(model)).replaceAll("?");
                price = own.price();
            }
            runs.add(new Pricing.Run(price, one.usage()));
        }
        return new RunPrices(List.copyOf(runs), unpriced);
    }

    /** What the provider of {@code own} takes for a model that it calls by that name; null if that is not known. */
    private static @Nullable Price price(String name, Offer own, Catalog catalog) {
        if (name.equals(own.nativeId())) {
            return own.price();
        }
        for (Model model : catalog.models()) {
            Price price = price(model, own, name);
            if (price != null) {
                return price;
            }
        }
        Resolution resolution = catalog.resolve(name); // with a date behind it, or dashes for dots
        return resolution.kind() == Resolution.Kind.FOUND ? price(resolution.found(), own, null) : null;
    }

    private static @Nullable Price price(Model model, Offer own, @Nullable String name) {
        for (Offer offer : model.offers()) {
            if (offer.provider().equals(own.provider())
                    && (name == null || offer.nativeId().equals(name))) {
                return offer.price();
            }
        }
        return null;
    }
}
