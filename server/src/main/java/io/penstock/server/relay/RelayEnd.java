package io.penstock.server.relay;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.ProviderError;
import org.jspecify.annotations.Nullable;

/** How a stream ended; of several ways the worst. It is told once. Event loop only. */
final class RelayEnd {
    private boolean ended;
    private boolean told;
    private @Nullable Throwable fault;
    private boolean noRoom;
    private @Nullable String tooLarge;
    private @Nullable String failure;
    private @Nullable ProviderError error;

    /** Whether nothing of the stream is looked at any more. */
    boolean came() {
        return ended;
    }

    /** Whether the listener knows, or nobody wants to. */
    boolean isTold() {
        return told;
    }

    /** It is over, and nothing was wrong. */
    void comes() {
        ended = true;
    }

    /** By a fault of ours. */
    void fault(Throwable bug) {
        fault = bug;
        ended = true;
    }

    /** What must be held found no room. */
    void noRoom() {
        noRoom = true;
        ended = true;
    }

    /** Something is larger than it may be. */
    void tooLarge(String what) {
        tooLarge = what;
        ended = true;
    }

    /** It cannot be relayed further. */
    void failed(String why) {
        failure = why;
        ended = true;
    }

    /** The provider told an error. */
    void error(ProviderError told) {
        error = told;
        ended = true;
    }

    /** Nobody is told any more. */
    void forget() {
        ended = true;
        told = true;
    }

    /** Tells the listener, if it came and was not told. */
    void tell(RelayListener listener, boolean begun, Protocol protocol) {
        if (told || !ended) {
            return;
        }
        told = true;
        if (fault != null) {
            listener.broken(fault);
        } else if (noRoom) {
            listener.noRoom();
        } else if (tooLarge != null) {
            listener.tooLarge(tooLarge);
        } else if (failure != null) {
            listener.relayFailed(failure);
        } else if (error != null) {
            listener.errorEvent(begun, name(error, protocol), error.message());
        } else {
            listener.answerComplete();
        }
    }

    /** The provider's name for an error: its type, but those of Responses have a code in its place. */
    private static String name(ProviderError said, Protocol protocol) {
        String name = protocol == Protocol.RESPONSES && said.code() != null ? said.code() : said.type();
        return name == null ? "" : name;
    }
}
