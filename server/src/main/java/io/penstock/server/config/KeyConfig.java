package io.penstock.server.config;

import io.penstock.store.Keepalive;

/** A declared key: what a client shows, under a name. */
public record KeyConfig(String name, Secret key, Keepalive keepalive) {
    public KeyConfig {
        Checks.keyName("name", name);
        Checks.keyText("key", key.reveal());
    }

    public KeyConfig(String name, String key) {
        this(name, new Secret(key), Keepalive.COMMENT);
    }
}
