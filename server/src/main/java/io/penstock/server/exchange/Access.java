package io.penstock.server.exchange;

import io.penstock.server.observe.Metrics;
import io.penstock.server.wire.Hosts;
import io.penstock.store.Keys;

/**
 * By what a gateway knows who may ask. Safe from any thread.
 *
 * @param hosts the names under which it may be addressed
 * @param secure whether clients reach it by HTTPS
 * @param metrics which know who may read them
 * @param wrongKeys who guesses keys
 * @param wrongTokens who guesses the admin token
 */
public record Access(
        Hosts hosts, boolean secure, Keys keys, Metrics metrics, WrongKeys wrongKeys, WrongKeys wrongTokens) {
    /** Nobody has guessed yet. */
    public Access(Hosts hosts, boolean secure, Keys keys, Metrics metrics) {
        this(hosts, secure, keys, metrics, new WrongKeys(System::nanoTime), new WrongKeys(System::nanoTime));
    }

    /** {@code http} or {@code https}, as clients reach us. */
    String scheme() {
        return secure ? "https" : "http";
    }
}
