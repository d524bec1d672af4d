package io.penstock.server.attempt;

import io.penstock.error.Blame;
import io.penstock.server.upstream.Credential;
import io.penstock.server.upstream.OfferHealth;
import io.penstock.server.upstream.Target;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Notes in a target's health how an attempt went, so that routers know it. Static; event loop only. */
final class HealthMarks {
    private static final Logger LOG = LoggerFactory.getLogger(HealthMarks.class);
    private static final long CREDENTIAL_REFUSED_NANOS = 60_000_000_000L;
    private static final long OFFER_MISSING_NANOS = 300_000_000_000L;
    private static final long RATE_SECONDS = 10; // where a 429 does not say for how long

    private HealthMarks() {}

    /** An answer began. */
    static void worked(OfferHealth health, Credential shown, long firstByteMicros) {
        health.began(firstByteMicros, shown);
        shown.accepted();
    }

    /**
     * An attempt failed. True if somebody is to blame but the request and the gateway.
     *
     * @param shown the credential; any where none was needed
     * @param status of the answer, if there was one
     * @param retryAfterSeconds as the provider told it; negative if it did not
     */
    static boolean failed(
            Blame blame, Target target, OfferHealth health, Credential shown, int status, long retryAfterSeconds) {
        long now = System.nanoTime();
        switch (blame) {
            case REQUEST, GATEWAY -> {
                return false;
            }
            case PROVIDER -> health.failed();
            case ADDRESS -> target.address().health().failed();
            case OFFER -> health.missing(now + OFFER_MISSING_NANOS);
            case RATE ->
                health.withheld(
                        shown,
                        now + TimeUnit.SECONDS.toNanos(retryAfterSeconds < 0 ? RATE_SECONDS : retryAfterSeconds));
            case ACCESS -> {
                health.withheld(shown, now + CREDENTIAL_REFUSED_NANOS);
                warn(target, shown, status, now);
            }
            case CREDENTIAL -> {
                shown.refused(now + CREDENTIAL_REFUSED_NANOS);
                warn(target, shown, status, now);
            }
        }
        return true;
    }

    private static void warn(Target target, Credential shown, int status, long now) {
        int times = shown.refusals().count(now);
        if (times > 0) {
            LOG.warn(
                    "{} refused our credential or account (status {}, {} since the last warning); check its API key and"
                            + " balance",
                    target.providerName(),
                    status,
                    times == 1 ? "once" : times + " times");
        }
    }
}
