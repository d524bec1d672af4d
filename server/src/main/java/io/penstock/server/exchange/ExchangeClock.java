package io.penstock.server.exchange;

import io.penstock.error.GatewayError;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.attempt.ClientRequest;
import io.penstock.server.attempt.Limits;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.Reply;
import io.penstock.store.Keepalive;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time of an exchange: its deadlines, the attempt's, and what its client hears while nothing comes. One per connection, for
 * its exchange at hand. Event loop only.
 */
final class ExchangeClock {
    private static final Logger LOG = LoggerFactory.getLogger(ExchangeClock.class);
    private static final long CLOSING_NANOS = 1_000_000_000L; // for what may stand behind an answer's last event
    private static final long READ_ON_NANOS = 2_000_000_000L; // CONTRACT section 7
    private static final long UNTOLD_NANOS = 10_000_000_000L; // then the connection ends without a word

    private final HttpConnection client;
    private final Attempts attempts;
    private final ClientAnswer answer;
    private final ExchangeView view;
    private final Limits limits;
    private @Nullable Exchange exchange;
    private @Nullable ClientRequest request;
    private Keepalive keepalive = Keepalive.COMMENT;
    private @Nullable GatewayError untold;
    private long untoldNanos; // since when
    private long leftNanos;

    ExchangeClock(HttpConnection client, Attempts attempts, ClientAnswer answer, ExchangeView view, Limits limits) {
        this.client = client;
        this.attempts = attempts;
        this.answer = answer;
        this.view = view;
        this.limits = limits;
    }

    /** From here on of that one; {@code style} is how its client wants to hear that we are there. */
    void begin(Exchange one, ClientRequest its, Keepalive style) {
        exchange = one;
        request = its;
        keepalive = style;
        untold = null;
    }

    void end() {
        exchange = null;
        request = null;
        untold = null;
    }

    /** The client has left, and its answer is read on. */
    void readsOn() {
        leftNanos = System.nanoTime();
    }

    /** There was no memory to tell that error: each tick tries again. */
    void tellLater(GatewayError error) {
        untold = error;
        untoldNanos = System.nanoTime();
    }

    /** The error that is still to be told; null: none. */
    @Nullable
    GatewayError untold() {
        return untold;
    }

    void tick(long nowNanos) {
        Exchange it = exchange;
        ClientRequest its = request;
        if (it == null || its == null) {
            return;
        }
        GatewayError error = untold;
        if (error != null) {
            if (nowNanos - untoldNanos > UNTOLD_NANOS) {
                client.channel().close();
            } else {
                it.fail(error, it.outcome());
            }
            return;
        }
        Attempt tried = attempts.last();
        boolean late = nowNanos - its.arrivedNanos() > limits.totalNanos();
        if (it.readsOn()) {
            if (late || nowNanos - leftNanos > READ_ON_NANOS) {
                it.endLeft();
            }
        } else if (tried != null && tried.closing()) { // no deadline but its own can fail what has come to its end
            if (late || nowNanos - tried.times().heardNanos() > CLOSING_NANOS) {
                tried.settlesClosing();
            }
        } else if (late) { // in any state: a store may never answer
            it.late();
        } else {
            it.tickCounting(nowNanos);
            if (tried != null && !it.settling()) {
                tried.tick(nowNanos);
            }
            if (its.wantsStream() && !it.settling() && !it.over()) {
                keepAlive(it, its, nowNanos);
            }
        }
    }

    private void keepAlive(Exchange it, ClientRequest its, long nowNanos) {
        Attempt tried = attempts.last();
        long lastNanos = tried != null && attempts.answers() // what comes before the answer begins is held back
                ? tried.times().heardNanos()
                : its.arrivedNanos();
        if ((tried == null || !tried.answer().plain())
                && answer.keepsAlive(nowNanos, lastNanos, limits.keepaliveNanos())) {
            try {
                if (!answer.headSent()) {
                    it.streamHead(Reply.EVENT_STREAM);
                }
                keepAlive();
            } catch (OutOfMemoryError none) { // no reason to end what it shall keep alive
                LOG.debug("no memory for a keep-alive of request {}", its.id(), none);
            }
        }
    }

    private void keepAlive() {
        attempts.letGo();
        answer.keepAlive(keepalive, view.facts());
    }

    /** Sends a client that may have left what changes nothing for one that listens; false where there is no such thing. */
    boolean probe() {
        Exchange it = exchange;
        if (it == null || it.settling() || it.over() || !client.writable()) {
            return true; // bytes are on their way
        }
        if (!answer.headSent()) {
            return answer.interim();
        }
        keepAlive();
        return true;
    }
}
