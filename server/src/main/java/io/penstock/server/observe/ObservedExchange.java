package io.penstock.server.observe;

import org.jspecify.annotations.Nullable;

/** What an {@link ExchangeObserver} sees of an exchange: as it is at that moment, without any content. Event loop only. */
public interface ObservedExchange {
    /** The generation id. */
    String requestId();

    /** By which face the client asked. */
    String face();

    /** The model's public id; empty while none is chosen. */
    String model();

    /** Id of the provider that is, or was, tried; null while none is. */
    @Nullable
    String provider();

    /** How many attempts were begun. */
    int attempts();

    /** The status that the client was sent, 499 if it left; 0 while it was sent none. */
    int status();

    /** Whether the answer goes to the client as a stream. */
    boolean streaming();

    /** From the request's arrival to the first byte of the provider's answer, in nanoseconds; -1 while there is none. */
    long firstByteNanos();

    /** What the gateway itself added, in nanoseconds; -1 while that is not known. */
    long overheadNanos();
}
