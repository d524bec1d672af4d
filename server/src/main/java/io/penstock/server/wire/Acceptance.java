package io.penstock.server.wire;

import io.penstock.error.GatewayError;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link RequestHandler} makes of a request by its head: why it is refused, or what becomes of its body.
 *
 * @param refusal null if it is accepted
 * @param kept whether the body is kept in memory, whole, until the request is answered; else it is read and dropped
 * @param scanned whether it is also looked through as a request for a model, while it comes
 */
public record Acceptance(@Nullable GatewayError refusal, boolean kept, boolean scanned) {
    /** The body means nothing: it is read and dropped. */
    public static final Acceptance DROPPED = new Acceptance(null, false, false);

    /** The body is kept. */
    public static final Acceptance KEPT = new Acceptance(null, true, false);

    /** The body is looked through as it comes, and dropped. */
    public static final Acceptance LOOKED_AT = new Acceptance(null, false, true);

    /** The body is kept, and looked through as it comes. */
    public static final Acceptance SCANNED = new Acceptance(null, true, true);

    public static Acceptance refused(GatewayError why) {
        return new Acceptance(why, false, false);
    }
}
