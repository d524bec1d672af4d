package io.penstock.server.config;

import io.penstock.routing.Preference;

/** Whether the model {@code auto} exists, and what it prefers. */
public record RoutingConfig(boolean auto, Preference prefer) {
    public static final RoutingConfig DEFAULT = new RoutingConfig(true, Preference.BALANCED);
}
