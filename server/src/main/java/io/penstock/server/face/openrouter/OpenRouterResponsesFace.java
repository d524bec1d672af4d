package io.penstock.server.face.openrouter;

import io.penstock.error.GatewayError;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.ResponseFailure;
import io.penstock.store.Keepalive;

/** {@code /api/v1/responses}: OpenAI's shapes, with OpenRouter's ids and cost in every answer. */
public final class OpenRouterResponsesFace extends OpenRouterFace {
    public OpenRouterResponsesFace() {
        super(Protocol.RESPONSES);
    }

    @Override
    public byte[] errorEvent(GatewayError error, Facts facts) {
        return ResponseFailure.events(error, facts.response(), facts.sequence(), true);
    }

    /** A comment, always: no event of this protocol says nothing. */
    @Override
    public byte[] keepalive(Keepalive style, Facts facts) {
        return super.keepalive(Keepalive.COMMENT, facts);
    }
}
