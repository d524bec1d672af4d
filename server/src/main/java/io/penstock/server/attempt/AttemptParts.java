package io.penstock.server.attempt;

import io.netty.buffer.ByteBufAllocator;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.relay.HeldAnswer;
import io.penstock.server.wire.HttpConnection;

/**
 * What a connection lends its attempt at hand, so that none has to make it anew: the attempt's own until it is closed. Event loop
 * only.
 */
public final class AttemptParts {
    private static final int ERROR_BODY_BYTES_MAX = 64 * 1024;

    private final HttpConnection client;
    private final LoopUpstreams loop;
    private final Meter meter;
    private final AttemptTimes times = new AttemptTimes();
    private final HeldAnswer held;

    /** For the exchanges of that client; {@code meter} is that of the one at hand. */
    public AttemptParts(HttpConnection client, LoopUpstreams loop, Meter meter) {
        this.client = client;
        this.loop = loop;
        this.meter = meter;
        this.held = new HeldAnswer(loop.resources().buffers());
    }

    LoopUpstreams loop() {
        return loop;
    }

    Meter meter() {
        return meter;
    }

    HttpConnection client() {
        return client;
    }

    ByteBufAllocator allocator() {
        return client.channel().alloc();
    }

    AttemptTimes times() {
        return times;
    }

    /** For a plain answer in that framing; until it is closed. */
    HeldAnswer held(BodyFraming framing, boolean good) {
        held.begin(framing, good ? loop.limits().responseBytes() : ERROR_BODY_BYTES_MAX);
        return held;
    }
}
