package io.penstock.server.face.openai;

import io.penstock.error.GatewayError;
import io.penstock.protocol.ErrorBody;
import io.penstock.protocol.Protocol;
import io.penstock.server.face.Sse;
import io.penstock.store.key.Keepalive;

/** {@code /openai/v1/responses}. */
public final class OpenAiResponsesFace extends OpenAiFace {
    @Override
    public Protocol protocol() {
        return Protocol.RESPONSES;
    }

    @Override
    public byte[] errorEvent(GatewayError error, Facts facts) {
        return Sse.event(
                "response.failed",
                ErrorBody.responseFailed(
                        error, facts.requestId(), facts.createdSeconds(), facts.model(), facts.sequence(), false));
    }

    /** A comment, always: no event of this protocol says nothing. */
    @Override
    public byte[] keepalive(Keepalive style, Facts facts) {
        return super.keepalive(Keepalive.COMMENT, facts);
    }
}
