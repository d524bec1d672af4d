package io.penstock.server.exchange;

import io.penstock.server.upstream.ProviderRegistry;

/** The models on offer, which are replaced whole when others are, and who looks for one that nobody has. Safe from any thread. */
public final class ModelsOnOffer {
    private volatile ProviderRegistry registry;
    private volatile ModelSearch search = ModelSearch.NONE;

    public ModelsOnOffer(ProviderRegistry registry) {
        this.registry = registry;
    }

    /** As they are now. */
    public ProviderRegistry now() {
        return registry;
    }

    /** Puts others on offer, from the next request on. */
    public void replace(ProviderRegistry others) {
        registry = others;
    }

    ModelSearch search() {
        return search;
    }

    /** From here on that one looks for models; nobody did until told. */
    public void searchedBy(ModelSearch who) {
        search = who;
    }
}
