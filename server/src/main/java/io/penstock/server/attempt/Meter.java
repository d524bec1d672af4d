package io.penstock.server.attempt;

import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.server.face.openrouter.Bill;

/** What an answer uses, as it is counted while it passes, and what of that is billed. Event loop only. */
public interface Meter extends Bill {
    /** Of what the provider reports. */
    UsageCounter counter();

    /** Of what is delivered. */
    ScriptCounter text();

    /** A guess of the request's input. */
    long inputTokens();

    /** What a plain answer used is known: it is fixed before the answer is told, which may tell of it. */
    void fix();
}
