package io.penstock.store;

/**
 * What a client shows us, as far as we keep it: never its text. Lives as long as the store; its status changes in place,
 * so that a revocation holds at once for everyone who has it at hand. Safe from any thread.
 */
public interface GatewayKey {
    /** {@link #expiresAtMillis} of a key that never expires. */
    long NEVER = Long.MAX_VALUE;

    long id();

    String name();

    /** Enough of the text to recognise it: {@code sk-or-v1-3f2…9ab}. */
    String label();

    /** True if it works only while the configuration declares it. */
    boolean declared();

    Keepalive keepalive();

    long createdAtMillis();

    long expiresAtMillis();

    KeyStatus status();

    /** To the minute; 0: never. */
    long lastUsedAtMillis();
}
