package io.penstock.server.exchange;

import java.util.concurrent.Executor;

/**
 * Looks once more for a model that nobody on offer has: a server on this machine may have it since a moment ago. Safe from
 * any thread; never blocks.
 */
@FunctionalInterface
public interface ModelSearch {
    /** Where nothing is discovered. */
    ModelSearch NONE = (model, loop, then) -> false;

    /**
     * Begins to look, if there is somebody to ask and that was not done just now. The models on offer have then changed, or
     * not, when {@code then} runs on {@code loop}: once, and in bounded time.
     *
     * @param model as the client named it
     * @return false if nothing is looked for, and {@code then} never runs
     */
    boolean begin(String model, Executor loop, Runnable then);
}
