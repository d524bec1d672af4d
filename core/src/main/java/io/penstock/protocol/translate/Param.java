package io.penstock.protocol.translate;

import org.jspecify.annotations.Nullable;

/**
 * A scalar or small field of a request that is carried as it stands wherever the other protocol has it, under its name there
 * (CLIENTS section 6 and 7; the protocols' API references). Null: it has none, and the field is dropped.
 */
enum Param {
    TEMPERATURE("temperature", "temperature", "temperature", Loss.SAMPLING),
    TOP_P("top_p", "top_p", "top_p", Loss.SAMPLING),
    TOP_K("top_k", "top_k", null, Loss.SAMPLING),
    SEED("seed", null, null, Loss.SAMPLING),
    FREQUENCY_PENALTY("frequency_penalty", null, null, Loss.SAMPLING),
    PRESENCE_PENALTY("presence_penalty", null, null, Loss.SAMPLING),
    LOGIT_BIAS("logit_bias", null, null, Loss.SAMPLING),
    LOGPROBS("logprobs", null, null, Loss.LOGPROBS),
    TOP_LOGPROBS("top_logprobs", null, "top_logprobs", Loss.LOGPROBS),
    VERBOSITY("verbosity", null, "verbosity", Loss.VERBOSITY),
    SERVICE_TIER("service_tier", null, "service_tier", Loss.SERVICE_TIER),
    PROMPT_CACHE_KEY("prompt_cache_key", null, "prompt_cache_key", null),
    SAFETY_IDENTIFIER("safety_identifier", null, "safety_identifier", null);

    private final @Nullable String chat;
    private final @Nullable String messages;
    private final @Nullable String responses;
    private final @Nullable Loss loss;

    Param(@Nullable String chat, @Nullable String messages, @Nullable String responses, @Nullable Loss loss) {
        this.chat = chat;
        this.messages = messages;
        this.responses = responses;
        this.loss = loss;
    }

    @Nullable
    String chat() {
        return chat;
    }

    @Nullable
    String messages() {
        return messages;
    }

    @Nullable
    String responses() {
        return responses;
    }

    /** What is lost with it; null if nobody will miss it. */
    @Nullable
    Loss loss() {
        return loss;
    }
}
