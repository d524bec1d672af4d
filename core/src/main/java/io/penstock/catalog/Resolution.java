package io.penstock.catalog;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a requested model name turned out to be.
 *
 * @param kind decides which of the rest is set
 * @param model for {@link Kind#FOUND}, with the offers of configured providers alone; for {@link Kind#NOT_CONFIGURED} the
 *     known model, or null when only the provider half was looked at
 * @param sort for {@link Kind#FOUND} and {@link Kind#AUTO}, the order that a suffix asked for
 * @param ids public ids for people to choose from: the candidates of {@link Kind#AMBIGUOUS}, at most three near misses
 *     of {@link Kind#UNKNOWN} and {@link Kind#NOT_CONFIGURED}
 * @param providers for {@link Kind#NOT_CONFIGURED}, ids of the providers of which any one would serve it
 */
public record Resolution(Kind kind, @Nullable Model model, Sort sort, List<String> ids, List<String> providers) {
    /** The outcome. */
    public enum Kind {
        /** A model with at least one offer of a configured provider. */
        FOUND,
        /** The router shall choose. */
        AUTO,
        /** No such model. */
        UNKNOWN,
        /** A known model, or a provider half, that no configured provider serves. */
        NOT_CONFIGURED,
        /** A bare name that several models have. */
        AMBIGUOUS
    }

    public Resolution {
        ids = List.copyOf(ids);
        providers = List.copyOf(providers);
    }

    static Resolution found(Model model, Sort sort) {
        return new Resolution(Kind.FOUND, model, sort, List.of(), List.of());
    }

    static Resolution auto(Sort sort) {
        return new Resolution(Kind.AUTO, null, sort, List.of(), List.of());
    }

    static Resolution unknown(List<String> nearest) {
        return new Resolution(Kind.UNKNOWN, null, Sort.CATALOG, nearest, List.of());
    }

    static Resolution notConfigured(@Nullable Model model, List<String> nearest, List<String> providers) {
        return new Resolution(Kind.NOT_CONFIGURED, model, Sort.CATALOG, nearest, providers);
    }

    static Resolution ambiguous(List<String> candidates) {
        return new Resolution(Kind.AMBIGUOUS, null, Sort.CATALOG, candidates, List.of());
    }

    /**
     * The model that was found.
     *
     * @throws IllegalStateException if the kind is not {@link Kind#FOUND}
     */
    public Model found() {
        if (kind != Kind.FOUND || model == null) {
            throw new IllegalStateException("kind: " + kind + " (expected: FOUND)");
        }
        return model;
    }

    Resolution withSort(Sort asked) {
        return new Resolution(kind, model, asked, ids, providers);
    }
}
