package io.penstock.server;

import io.penstock.server.config.ModelConfig;

/**
 * A model of a server on this machine, as far as the server tells what it can do.
 *
 * @param can what it is declared as, as the owner would in the configuration
 * @param embeds whether it makes vectors and no text
 */
record LocalModel(ModelConfig can, boolean embeds) {
    /** A model that takes and makes text. */
    static LocalModel chat(ModelConfig can) {
        return new LocalModel(can, false);
    }

    /** As its server names it. */
    String id() {
        return can.id();
    }
}
