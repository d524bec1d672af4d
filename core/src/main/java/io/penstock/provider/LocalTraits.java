package io.penstock.provider;

/**
 * What is known of a model server on this machine.
 *
 * @param tells where it says what its models can do
 * @param ownedBy what it calls itself in {@code owned_by} of its listing, so that it is told from others on its port; empty if
 *     that is not known
 * @param defaultTag what a model's name has behind its colon when a client leaves that out; empty if names have no tags
 */
public record LocalTraits(SelfReport tells, String ownedBy, String defaultTag) {
    /** Of a server that lists its models and tells no more. */
    public static final LocalTraits NONE = new LocalTraits(SelfReport.LISTED, "", "");

    /** Where a model server says what its models can do. */
    public enum SelfReport {
        /** Nowhere: it lists their ids in OpenAI's shape, as all do. */
        LISTED,
        /** In {@code max_model_len} of that listing (docs.vllm.ai, OpenAI-compatible server). */
        MAX_MODEL_LEN,
        /**
         * {@code POST /api/show}, model by model: {@code capabilities}, {@code model_info."<arch>.context_length"}, and {@code
         * num_ctx} among {@code parameters}, which is what it really gives a model
         * (docs.ollama.com/api-reference/show-model-details).
         */
        API_SHOW,
        /**
         * {@code GET /api/v0/models}: {@code type}, {@code capabilities} (since 0.3.16), {@code loaded_context_length} before
         * {@code max_context_length} (lmstudio.ai/docs/developer/api-changelog).
         */
        API_V0_MODELS,
        /**
         * {@code GET /props}: {@code default_generation_settings.n_ctx}, {@code modalities}, {@code chat_template}; {@code
         * meta.n_ctx_train} and {@code capabilities} of the listing (tools/server/README.md). A router of several models has
         * no properties of its own.
         */
        PROPS
    }
}
