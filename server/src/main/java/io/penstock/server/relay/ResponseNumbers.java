package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** The numbers that events of the Responses protocol bear, and which response they tell of. Event loop only. */
final class ResponseNumbers {
    private long passed;
    private @Nullable ToldResponse told; // by the first event

    /** An event passes that is not the last. */
    void passes() {
        passed++;
    }

    /** The first event came, whose data that is; another changes nothing. */
    void first(EventData data, ByteBuf event) {
        if (told == null) {
            told = ToldResponse.read(data.bytes(event));
        }
    }

    /** The number of the next event, be it one of ours: what was not passed on is not counted. */
    long next() {
        return passed + (told == null ? 0 : told.sequence());
    }

    /** Null where nothing was told, or the protocol is another. */
    @Nullable
    ToldResponse told() {
        return told;
    }
}
