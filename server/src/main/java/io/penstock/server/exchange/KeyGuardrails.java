package io.penstock.server.exchange;

import io.penstock.guardrail.Guardrails;
import io.penstock.store.GatewayKey;

/** Which guardrails hold for a key. Asked on an event loop for every request that is planned: it must not block. */
@FunctionalInterface
interface KeyGuardrails {
    /** No key has any. */
    KeyGuardrails NONE = key -> Guardrails.NONE;

    /** Those of the key and of what it belongs to; {@link Guardrails#NONE} if there are none. */
    Guardrails of(GatewayKey key);
}
