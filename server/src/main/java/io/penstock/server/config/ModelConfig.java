package io.penstock.server.config;

import io.penstock.catalog.Modality;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A model as one provider serves it. {@code id} is what follows {@code <provider>/}, or a public id if it holds a slash;
 * {@code nativeId} is the provider's own name for it.
 *
 * <p>{@code context} and {@code maxOutput} are tokens, 0 if not said. A missing {@code price} means that nothing is known
 * about it here, not that the model is free.
 */
public record ModelConfig(
        String id,
        String nativeId,
        int context,
        int maxOutput,
        @Nullable PriceConfig price,
        Set<Modality> input,
        boolean tools,
        boolean reasoning,
        boolean structuredOutput) {

    /** No context window comes near it. */
    static final int TOKENS_MAX = 100_000_000;

    public ModelConfig {
        Checks.modelId("id", id);
        Checks.modelId("native", nativeId);
        Checks.range("context", context, 0, TOKENS_MAX);
        Checks.range("max_output", maxOutput, 0, TOKENS_MAX);
        if (input.isEmpty()) {
            throw new Unfit("input", "an empty list", "at least text");
        }
        input = Collections.unmodifiableSet(EnumSet.copyOf(input));
    }

    /** Text in, tools, and the provider's own name: what is right for most models until said otherwise. */
    public static Builder builder(String id) {
        return new Builder(id);
    }

    /** Field by field, with the names of the file. */
    public static final class Builder {
        private final String id;
        private String nativeId;
        private int context;
        private int maxOutput;
        private @Nullable PriceConfig price;
        private Set<Modality> input = EnumSet.of(Modality.TEXT);
        private boolean tools = true;
        private boolean reasoning;
        private boolean structuredOutput;

        private Builder(String id) {
            this.id = id;
            this.nativeId = id;
        }

        public Builder nativeId(String name) {
            nativeId = name;
            return this;
        }

        public Builder context(int tokens) {
            context = tokens;
            return this;
        }

        public Builder maxOutput(int tokens) {
            maxOutput = tokens;
            return this;
        }

        public Builder price(@Nullable PriceConfig perMillion) {
            price = perMillion;
            return this;
        }

        public Builder input(Set<Modality> modalities) {
            input = modalities;
            return this;
        }

        public Builder tools(boolean can) {
            tools = can;
            return this;
        }

        public Builder reasoning(boolean can) {
            reasoning = can;
            return this;
        }

        public Builder structuredOutput(boolean can) {
            structuredOutput = can;
            return this;
        }

        public ModelConfig build() {
            return new ModelConfig(id, nativeId, context, maxOutput, price, input, tools, reasoning, structuredOutput);
        }
    }
}
