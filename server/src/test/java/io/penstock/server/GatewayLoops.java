package io.penstock.server;

import io.penstock.server.wire.LoopResources;
import java.util.function.Consumer;

/** The event loops of a gateway, for tests of other packages. Static methods. */
public final class GatewayLoops {
    private GatewayLoops() {}

    /** Runs something on each, and waits for it. */
    public static void run(Gateway gateway, Consumer<LoopResources> action) {
        gateway.loops().run(action);
    }
}
