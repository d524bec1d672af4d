package io.penstock.server.face.openai;

import io.penstock.error.GatewayError;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.ResponseFailure;
import io.penstock.store.Keepalive;

/** {@code /openai/v1/responses}. */
public final class OpenAiResponsesFace extends OpenAiFace {
    public OpenAiResponsesFace() {
        super(Protocol.RESPONSES);
    }

    @Override
    public byte[] errorEvent(GatewayError error, Facts facts) {
        return ResponseFailure.events(error, facts.response(), facts.sequence(), false);
    }

    /** A comment, always: no event of this protocol says nothing. */
    @Override
    public byte[] keepalive(Keepalive style, Facts facts) {
        return super.keepalive(Keepalive.COMMENT, facts);
    }
}
