package io.penstock.server.face.openrouter;

import io.penstock.catalog.Catalog;
import io.penstock.error.GatewayError;
import io.penstock.protocol.ErrorBody;
import io.penstock.protocol.Protocol;
import io.penstock.server.face.Face;
import io.penstock.server.face.Sse;
import io.penstock.store.Keepalive;
import org.jspecify.annotations.Nullable;

/** {@code /api/v1} chat completions and models, as OpenRouter speaks them. */
public class OpenRouterFace extends Face {
    private static final byte[] PROCESSING = Sse.comment("OPENROUTER PROCESSING");

    public OpenRouterFace() {
        this(Protocol.OPENAI);
    }

    OpenRouterFace(Protocol protocol) {
        super("openrouter", protocol);
    }

    @Override
    public byte[] error(GatewayError error, String requestId) {
        return ErrorBody.openrouter(error);
    }

    @Override
    public byte[] errorEvent(GatewayError error, Facts facts) {
        return Sse.data(ErrorBody.openrouterChunk(
                error, facts.requestId(), facts.createdSeconds(), facts.model(), facts.provider()));
    }

    @Override
    public byte[] keepalive(Keepalive style, Facts facts) {
        return style == Keepalive.COMMENT ? PROCESSING : Sse.emptyDelta(facts, true);
    }

    @Override
    public byte[] models(Catalog catalog, boolean auto, String query) {
        return ModelListing.write(catalog, auto, query);
    }

    @Override
    public byte @Nullable [] model(Catalog catalog, boolean auto, String id) {
        return null; // OpenRouter has no such path
    }

    @Override
    public boolean ownDialect() {
        return true;
    }
}
