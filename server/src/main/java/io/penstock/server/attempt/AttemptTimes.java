package io.penstock.server.attempt;

/**
 * When what happened to an attempt, on the clock of {@link System#nanoTime}; 0 for what has not. One per connection, for its attempt
 * at hand. Event loop only.
 */
public final class AttemptTimes {
    private long sentNanos;
    private long answeredNanos;
    private long heardNanos;
    private long endedNanos;

    /** Forgets the attempt before. */
    void begin() {
        sentNanos = 0;
        answeredNanos = 0;
        heardNanos = 0;
        endedNanos = 0;
    }

    /** The request was handed over. */
    void sent() {
        sentNanos = System.nanoTime();
        heardNanos = sentNanos;
    }

    /** Something came of the provider, or it was let speak again. */
    void heard() {
        heardNanos = System.nanoTime();
    }

    /** The answer began just now. */
    void answers() {
        answeredNanos = System.nanoTime();
    }

    /** The answer began when its last bytes came, for nobody saw it earlier. */
    void answeredWhole() {
        answeredNanos = heardNanos;
    }

    /** What came last was the last. */
    void ended() {
        endedNanos = heardNanos;
    }

    /** When something came of the provider last. */
    public long heardNanos() {
        return heardNanos;
    }

    /** Since the request was handed over. */
    long sinceSentNanos(long nowNanos) {
        return nowNanos - sentNanos;
    }

    /** Since something came of the provider. */
    long silentNanos(long nowNanos) {
        return nowNanos - heardNanos;
    }

    /** From the request's leaving to the answer's begin. */
    long latencyMicros() {
        return (answeredNanos - sentNanos) / 1000;
    }

    /** From that moment to the answer's begin; -1 while it has none. */
    public long firstByteNanos(long arrivedNanos) {
        return answeredNanos == 0 ? -1 : answeredNanos - arrivedNanos;
    }

    /** From that moment to the request's leaving, and from the provider's last byte until now; -1 while either is unknown. */
    public long overheadNanos(long arrivedNanos) {
        return sentNanos == 0 || endedNanos == 0
                ? -1
                : sentNanos - arrivedNanos + Math.max(0, System.nanoTime() - endedNanos);
    }
}
