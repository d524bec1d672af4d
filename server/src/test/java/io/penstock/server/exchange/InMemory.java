package io.penstock.server.exchange;

/** What a gateway counts, for tests of other packages. Static methods. */
public final class InMemory {
    private InMemory() {}

    /** Bytes of all that {@code limits.bodies} bounds. */
    public static long bytes(Services services) {
        return services.buffers().taken();
    }

    /** Clients that are connected. */
    public static int connections(Services services) {
        return services.server().connections();
    }
}
