package io.penstock.routing;

import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.catalog.Rates;
import io.penstock.catalog.Sort;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Puts the offers of one model in order: as asked, those that have not been working lately behind all others. */
final class Order {
    /** What an answer is taken to have when the client left it open; only prices are compared by it. */
    static final long USUAL_OUTPUT_TOKENS = 1_000;

    /** Stands for a latency that nobody measured: slower than most, so that it neither always nor never wins. */
    static final long USUAL_LATENCY_MICROS = 1_500_000;

    private Order() {}

    /** The given list itself when it is in order already, which is the usual case and costs nothing. */
    static List<Offer> of(List<Offer> offers, RouteRequest request, Routes routes) {
        if (request.sort() == Sort.CATALOG) {
            boolean failing = false;
            boolean inOrder = true;
            for (int i = 0; i < offers.size(); i++) {
                boolean available = routes.available(offers.get(i));
                inOrder &= !(failing && available);
                failing |= !available;
            }
            if (inOrder) {
                return offers;
            }
        }
        List<Ranked> ranked = new ArrayList<>(offers.size());
        for (Offer offer : offers) {
            ranked.add(new Ranked(offer, routes.available(offer), rank(offer, request, routes)));
        }
        ranked.sort(Ranked.ORDER); // stable: equals stay in the catalog's order
        List<Offer> sorted = new ArrayList<>(ranked.size());
        for (Ranked one : ranked) {
            sorted.add(one.offer());
        }
        return List.copyOf(sorted);
    }

    /** Values are read once each, for they may change while we sort. */
    private record Ranked(Offer offer, boolean available, double rank) {
        static final Comparator<Ranked> ORDER =
                Comparator.comparing(Ranked::available).reversed().thenComparingDouble(Ranked::rank);
    }

    private static double rank(Offer offer, RouteRequest request, Routes routes) {
        return switch (request.sort()) {
            case CATALOG -> 0;
            case PRICE -> roughCost(offer.price(), request);
            case THROUGHPUT -> -routes.tokensPerSecond(offer);
            case LATENCY -> latencyMicros(offer, routes);
        };
    }

    static long latencyMicros(Offer offer, Routes routes) {
        long measured = routes.latencyMicros(offer);
        return measured > 0 ? measured : USUAL_LATENCY_MICROS;
    }

    /** For comparing offers and nothing else: money is counted in {@code pricing}, in whole nanos. */
    static double roughCost(Price price, RouteRequest request) {
        Rates rates = price.at(request.inputTokens());
        long output = request.maxOutputTokens() == 0
                ? USUAL_OUTPUT_TOKENS
                : Math.min(USUAL_OUTPUT_TOKENS, request.maxOutputTokens());
        return (double) rates.input() * request.inputTokens()
                + (double) rates.output() * output
                + price.request() * 1e6;
    }
}
