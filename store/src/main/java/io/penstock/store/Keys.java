package io.penstock.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All gateway keys, stored as keyed hashes only. {@link #find} is for event loops; the others may come from any other
 * thread and block until what they change survives a power cut.
 */
public interface Keys {
    /**
     * The key that this text is, and notes its use. Null if it is unknown, revoked, disabled, expired or undeclared. Never
     * blocks; allocates nothing for a key that was found before.
     *
     * @param text ASCII from {@code from} to {@code to}; only looked at during the call
     */
    @Nullable
    GatewayKey find(byte[] text, int from, int to);

    /** Makes a key. Its text is in the answer and nowhere else. */
    NewKey create(String name) throws StoreException;

    /**
     * Takes a key from the configuration, under the id it had at earlier starts. It works until the next start, which must
     * declare it anew. A revocation outlives the declaration.
     *
     * @param text 20 to 200 visible ASCII characters
     */
    GatewayKey declare(String name, String text, Keepalive keepalive) throws StoreException;

    /** All keys, revoked ones too, oldest first. */
    List<GatewayKey> list();

    /**
     * Switches a key off for good; holds for every {@link #find} that starts after this returns.
     *
     * @param which its id, label or name
     * @return false if there is no such key, or it is revoked already
     * @throws StoreException if several keys are called that, or the database cannot be written: then nothing changed
     */
    boolean revoke(String which) throws StoreException;
}
