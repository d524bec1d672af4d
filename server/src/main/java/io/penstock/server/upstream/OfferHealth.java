package io.penstock.server.upstream;

/**
 * How one model of a provider does in one protocol, with each of the credentials that it may be asked with: what goes wrong
 * there says nothing of the provider's other models, nor of its other protocols. What is true of all of them is kept by the
 * {@link Address}, when it cannot be reached, and by the {@link Credential}, when it is refused.
 *
 * <p>One for each offer and protocol, made by its {@link Target}. Written by every event loop without a lock: a lost update
 * costs one sample.
 */
public final class OfferHealth {
    private static final int SMOOTHING = 8; // an eighth of each new sample, as TCP does for its round trip (RFC 6298)

    private final Health answers = new Health();
    private final Mark missing = new Mark();
    private final Mark[] withheld; // by credential
    private volatile long firstByteMicros;

    OfferHealth(int credentials) {
        withheld = new Mark[credentials];
        for (int i = 0; i < credentials; i++) {
            withheld[i] = new Mark();
        }
    }

    /** An answer began after so long. */
    public void began(long micros, Credential shown) {
        long before = firstByteMicros;
        firstByteMicros = before == 0 ? micros : before + (micros - before) / SMOOTHING;
        answers.worked();
        missing.clear();
        withheld[shown.place()].clear();
    }

    /** An attempt failed through no fault of the request. */
    public void failed() {
        answers.failed();
    }

    /** The provider says that it has no such model: routers shall believe it until then. */
    public void missing(long untilNanos) {
        missing.until(untilNanos);
    }

    /** This model is not to be had with that credential until then: too many requests, or no right to it. */
    public void withheld(Credential from, long untilNanos) {
        withheld[from.place()].until(untilNanos);
    }

    /** Whether there is no word against that credential here. */
    boolean takes(Credential credential) {
        return !withheld[credential.place()].holds();
    }

    /** Whether it is there, and has been working lately. */
    boolean good() {
        return answers.good() && !missing.holds();
    }

    /** Smoothed time to the first byte; 0 while unknown. */
    public long firstByteMicros() {
        return firstByteMicros;
    }
}
