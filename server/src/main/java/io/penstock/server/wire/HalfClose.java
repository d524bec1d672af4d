package io.penstock.server.wire;

/**
 * The time after a client's FIN. A FIN says that the client sends no more, not whether it still listens: {@code nc -N} and
 * some HTTP clients half close behind a request and wait, others have left. Only bytes tell the two apart, since the kernel of
 * one that has left answers them with a reset. So what changes nothing for a listener is sent: {@code 100 Continue} before
 * the head of an answer (RFC 9110 15.2: a client must understand one it did not ask for), a keep-alive in a stream.
 *
 * <p>The reset shows at the next write, so that two probes 50 to 100 ms apart cancel the request of a client that left within
 * the 250 ms of promise 25, for as long as a round trip is shorter than that; the later ones are for longer ways. Who resets
 * none of them listens. HTTP/1.0 knows no interim answer: before its answer has begun a FIN there means that the client left,
 * as it does for proxies of that version.
 */
final class HalfClose {
    private static final long[] PROBES_MILLIS = {0, 60, 160, 500, 1_000, 2_000};

    private final long sinceNanos;
    private int probes;

    HalfClose(long sinceNanos) {
        this.sinceNanos = sinceNanos;
    }

    /** Whether a probe is due; if so, it counts as sent. */
    boolean due(long nowNanos) {
        if (probes == PROBES_MILLIS.length || nowNanos - sinceNanos < PROBES_MILLIS[probes] * 1_000_000) {
            return false;
        }
        probes++;
        return true;
    }
}
