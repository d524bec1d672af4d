package io.penstock.store.sqlite;

import io.penstock.store.GatewayKey;
import io.penstock.store.Keepalive;
import io.penstock.store.KeyStatus;

/** A key as {@link SqliteKeys} keeps it in memory. Any thread. */
final class StoredKey implements GatewayKey {
    private static final long LAST_USED_STEP_MILLIS = 60_000; // finer is not worth a shared write per request

    private final long id;
    private final String label;
    private final boolean declared;
    private final long createdAtMillis;
    private final long expiresAtMillis;
    private volatile String name; // this and the next change when a later configuration says so
    private volatile Keepalive keepalive;
    private volatile KeyStatus status;
    private volatile long lastUsedAtMillis;
    private volatile long lastUsedWrittenMillis;

    StoredKey(
            long id,
            String name,
            String label,
            boolean declared,
            Keepalive keepalive,
            long createdAtMillis,
            long expiresAtMillis,
            long lastUsedAtMillis,
            KeyStatus status) {
        this.id = id;
        this.name = name;
        this.label = label;
        this.declared = declared;
        this.keepalive = keepalive;
        this.createdAtMillis = createdAtMillis;
        this.expiresAtMillis = expiresAtMillis;
        this.lastUsedAtMillis = lastUsedAtMillis;
        this.lastUsedWrittenMillis = lastUsedAtMillis;
        this.status = status;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public boolean declared() {
        return declared;
    }

    @Override
    public Keepalive keepalive() {
        return keepalive;
    }

    @Override
    public long createdAtMillis() {
        return createdAtMillis;
    }

    @Override
    public long expiresAtMillis() {
        return expiresAtMillis;
    }

    @Override
    public KeyStatus status() {
        return status;
    }

    @Override
    public long lastUsedAtMillis() {
        return lastUsedAtMillis;
    }

    void redeclare(String newName, Keepalive newKeepalive) {
        name = newName;
        keepalive = newKeepalive;
    }

    void status(KeyStatus changed) {
        status = changed;
    }

    boolean accepted(long nowMillis) {
        return status == KeyStatus.ACTIVE && nowMillis < expiresAtMillis;
    }

    void used(long nowMillis) {
        if (nowMillis - lastUsedAtMillis >= LAST_USED_STEP_MILLIS) {
            lastUsedAtMillis = nowMillis;
        }
    }

    /** The time of last use if it is not on disk yet, otherwise 0. */
    long unwrittenUse() {
        long used = lastUsedAtMillis;
        return used > lastUsedWrittenMillis ? used : 0;
    }

    void useWritten(long millis) {
        lastUsedWrittenMillis = millis;
    }

    @Override
    public String toString() {
        return "GatewayKey[" + id + ", " + name + ", " + label + ", " + status + "]";
    }
}
