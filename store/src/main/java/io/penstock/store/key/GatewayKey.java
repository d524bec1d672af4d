package io.penstock.store.key;

/**
 * What a client shows us, as far as we keep it: never its text. Lives as long as the store; its status changes in place,
 * so that a revocation holds at once for everyone who has it at hand. Safe from any thread.
 */
public final class GatewayKey {
    /** {@link #expiresAtMillis} of a key that never expires. */
    public static final long NEVER = Long.MAX_VALUE;

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

    GatewayKey(
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

    public long id() {
        return id;
    }

    public String name() {
        return name;
    }

    /** Enough of the text to recognise it: {@code sk-or-v1-3f2…9ab}. */
    public String label() {
        return label;
    }

    /** True if it works only while the configuration declares it. */
    public boolean declared() {
        return declared;
    }

    public Keepalive keepalive() {
        return keepalive;
    }

    public long createdAtMillis() {
        return createdAtMillis;
    }

    public long expiresAtMillis() {
        return expiresAtMillis;
    }

    public KeyStatus status() {
        return status;
    }

    /** To the minute; 0: never. */
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
