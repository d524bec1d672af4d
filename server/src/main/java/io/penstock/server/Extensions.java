package io.penstock.server;

import io.penstock.provider.Providers;
import io.penstock.routing.AutoRouter;
import io.penstock.routing.Router;
import io.penstock.server.wire.RequestFilter;
import io.penstock.store.Store;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * What a gateway is made with beside its configuration.
 *
 * @param auto asked for every request of the model {@code auto}
 * @param providers that are known
 * @param filters in front of what answers requests, the first outermost
 * @param store what stands before the store that was opened; it closes that
 */
record Extensions(Router auto, Providers providers, List<RequestFilter.Factory> filters, UnaryOperator<Store> store) {
    /** Those of a gateway as it comes. */
    static Extensions usual() {
        return new Extensions(new AutoRouter(), Providers.found(), List.of(), UnaryOperator.identity());
    }

    Extensions router(Router other) {
        return new Extensions(other, providers, filters, store);
    }

    Extensions providers(Providers others) {
        return new Extensions(auto, others, filters, store);
    }

    Extensions filter(RequestFilter.Factory filter) {
        return new Extensions(auto, providers, List.of(filter), store);
    }

    Extensions store(UnaryOperator<Store> before) {
        return new Extensions(auto, providers, filters, before);
    }
}
