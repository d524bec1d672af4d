package io.penstock.protocol.translate;

import java.util.Locale;

/**
 * What a translation may leave out, because the recipient cannot be told. Each is counted under its label, listed in the
 * README, and refused instead where the client requires its parameters.
 */
public enum Loss {
    /** {@code temperature}, {@code top_p}, {@code top_k}, {@code seed}, penalties, {@code logit_bias}: clamped or left out. */
    SAMPLING(true),
    /** {@code logprobs}, {@code top_logprobs}. */
    LOGPROBS(true),
    /** Stop sequences beyond four, or blank ones. */
    STOP(true),
    /** {@code verbosity}. */
    VERBOSITY(true),
    /** {@code service_tier}. */
    SERVICE_TIER(true),
    /** {@code metadata} other than the user, and a user id that is too long for the recipient. */
    METADATA,
    /** {@code prediction}, {@code modalities}, {@code audio}: other ways to answer. */
    OUTPUT_KIND(true),
    /** Effort or budget of thinking that the model does not have, or that the conversation forbids just now. */
    REASONING(true),
    /** Thinking that another provider made, or that nobody signed. */
    FOREIGN_THINKING,
    /** A tool that runs at the provider ({@code web_search} and the like), or what it came to. */
    SERVER_TOOL(true),
    /** Arguments of an earlier call that are no JSON object, where one is needed. */
    INVALID_ARGUMENTS,
    /** {@code cache_control} where nobody understands it. */
    CACHE_CONTROL,
    /** The fifth and further {@code cache_control}. */
    CACHE_CONTROL_BEYOND_FOUR,
    /** {@code image_url.detail}. */
    IMAGE_DETAIL,
    /** A part of a message that the recipient's protocol has no word for. */
    PART,
    /** {@code context_management}, {@code container}, {@code mcp_servers} and the like of Anthropic's. */
    SERVER_FEATURE(true),
    /** A field that is not known. */
    UNKNOWN_FIELD(true);

    private final boolean parameter;

    Loss() {
        this(false);
    }

    Loss(boolean parameter) {
        this.parameter = parameter;
    }

    /** Whether it is a parameter of the request, rather than a part of the conversation or a hint. */
    public boolean parameter() {
        return parameter;
    }

    /** Its name in metrics and messages. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
