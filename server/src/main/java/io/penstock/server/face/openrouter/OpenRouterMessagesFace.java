package io.penstock.server.face.openrouter;

import io.penstock.server.face.anthropic.AnthropicFace;

/** {@code /api/v1/messages}: Anthropic's shapes, with OpenRouter's ids and cost in every answer. */
public final class OpenRouterMessagesFace extends AnthropicFace {
    public OpenRouterMessagesFace() {
        super("openrouter");
    }

    @Override
    public boolean ownDialect() {
        return true;
    }
}
