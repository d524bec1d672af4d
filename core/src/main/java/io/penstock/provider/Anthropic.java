package io.penstock.provider;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Quirk;

/**
 * Anthropic. Adaptive thinking, effort up to {@code max}, one of two sampling parameters: CLIENTS section 6
 * and general knowledge. It alone is documented to count tokens.
 */
final class Anthropic {
    private Anthropic() {}

    /** Claude models that decide themselves how much they think; earlier ones take a budget. */
    private static final String ADAPTIVE = "claude-(opus|sonnet|haiku)-(4[.-][6-9]|[5-9]).*";

    /** Claude models whose effort goes up to {@code max}. */
    private static final String MAX_EFFORT = "claude-opus-(4[.-][6-9]|[5-9]).*";

    /** Claude models that refuse {@code temperature} together with {@code top_p}. */
    private static final String ONE_SAMPLING = "claude-(opus-4[.-]1|(opus|sonnet|haiku)-(4[.-][5-9]|[5-9])).*";

    static Provider row() {
        return Provider.builder("anthropic", "Anthropic")
                .environment("ANTHROPIC_API_KEY")
                .credentials("sk-ant-")
                .at(Endpoint.of(Protocol.ANTHROPIC, "https://api.anthropic.com").countingTokens())
                .family(
                        ModelRule.named(ADAPTIVE).lacks(Quirk.THINKING_BUDGET),
                        ModelRule.named(MAX_EFFORT).has(Quirk.EFFORT_MAX),
                        ModelRule.named(ONE_SAMPLING).has(Quirk.ONE_SAMPLING_PARAMETER))
                .build();
    }
}
