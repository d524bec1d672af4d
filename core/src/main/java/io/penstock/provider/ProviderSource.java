package io.penstock.provider;

import java.util.List;

/** A source of providers, found by {@code ServiceLoader}: the service that a plug-in offers to add some. */
public interface ProviderSource {
    /** The providers, the same at every call. */
    List<Provider> providers();
}
