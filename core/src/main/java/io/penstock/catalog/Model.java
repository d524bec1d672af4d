package io.penstock.catalog;

import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * A model under its public id, with everybody who serves it.
 *
 * @param id {@code author/name}, versions with dots; a variant ends in {@code :free} and the like
 * @param name for people
 * @param created when it came out, in seconds since 1970; 0 when unknown
 * @param context tokens of input and output together
 * @param maxOutput tokens of output
 * @param input what it reads
 * @param output what it makes
 * @param tools whether it calls functions
 * @param reasoning whether it can think before it answers
 * @param structuredOutput whether it keeps to a JSON schema
 * @param needsMaxCompletionTokens whether it refuses {@code max_tokens}, as OpenAI's reasoning models do
 * @param parameters the request fields it takes, by OpenRouter's names, in listing order
 * @param quality a prior from 1 to 100 for automatic routing, 0 when nothing is known
 * @param offers in the order they are tried; never both the sold and the free endpoints
 */
public record Model(
        String id,
        String name,
        long created,
        int context,
        int maxOutput,
        Set<Modality> input,
        Set<Modality> output,
        boolean tools,
        boolean reasoning,
        boolean structuredOutput,
        boolean needsMaxCompletionTokens,
        List<String> parameters,
        int quality,
        List<Offer> offers) {

    public Model {
        int slash = id.indexOf('/');
        if (slash <= 0 || slash == id.length() - 1) {
            throw new IllegalArgumentException("model id: \"" + id + "\" (expected: author/name)");
        }
        if (context <= 0 || maxOutput <= 0) {
            throw new IllegalArgumentException(
                    "context and max output of " + id + ": " + context + ", " + maxOutput + " (expected: > 0 tokens)");
        }
        if (quality < 0 || quality > 100) {
            throw new IllegalArgumentException("quality of " + id + ": " + quality + " (expected: 0 to 100)");
        }
        input = Set.copyOf(input);
        output = Set.copyOf(output);
        parameters = List.copyOf(parameters);
        offers = List.copyOf(offers);
    }

    /** A builder for the model of that id, which reads and makes text until told otherwise. */
    public static Builder builder(String id) {
        return new Builder(id);
    }

    /** A builder that begins with all of this model. */
    public Builder toBuilder() {
        return new Builder(id)
                .name(name)
                .created(created)
                .limits(context, maxOutput)
                .input(input)
                .output(output)
                .tools(tools)
                .reasoning(reasoning)
                .structuredOutput(structuredOutput)
                .needsMaxCompletionTokens(needsMaxCompletionTokens)
                .parameters(parameters)
                .quality(quality)
                .offers(offers);
    }

    /** The half of the id before the slash. */
    public String author() {
        return id.substring(0, id.indexOf('/'));
    }

    /** The rest of the id, the bare name. */
    public String slug() {
        return id.substring(id.indexOf('/') + 1);
    }

    /** True for a model that makes video, which is asked for by jobs and never by chat. */
    public boolean video() {
        return output.contains(Modality.VIDEO);
    }

    /** True for a model that makes vectors for texts. */
    public boolean embeds() {
        return output.contains(Modality.EMBEDDINGS);
    }

    /** True for a model that answers with text: what chat asks for, and what a router may choose. */
    public boolean chats() {
        return output.contains(Modality.TEXT);
    }

    /** What a listing shows: the price of the first offer, or free when there is none. */
    public Price price() {
        return offers.isEmpty() ? Price.FREE : offers.get(0).price();
    }

    Model with(String id, String name, List<Offer> offers) {
        Builder builder = toBuilder().name(name).offers(offers);
        builder.id = id;
        return builder.build();
    }

    /** By the id alone: models are keys of maps, and a catalog has one of each id. */
    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return id;
    }

    /** Collects the parts of a model; not for use by several threads. */
    public static final class Builder {
        private String id;
        private String name;
        private long created;
        private int context;
        private int maxOutput;
        private Set<Modality> input = EnumSet.of(Modality.TEXT);
        private Set<Modality> output = EnumSet.of(Modality.TEXT);
        private boolean tools;
        private boolean reasoning;
        private boolean structuredOutput;
        private boolean needsMaxCompletionTokens;
        private List<String> parameters = List.of("max_tokens", "temperature", "top_p", "stop");
        private int quality;
        private List<Offer> offers = List.of();

        private Builder(String id) {
            this.id = id;
            this.name = id.substring(id.indexOf('/') + 1);
        }

        /** Shown to people; the bare name when not set. */
        public Builder name(String name) {
            this.name = name;
            return this;
        }

        /** Seconds since 1970. */
        public Builder created(long created) {
            this.created = created;
            return this;
        }

        /** Tokens of input and output together, and of output. */
        public Builder limits(int context, int maxOutput) {
            this.context = context;
            this.maxOutput = maxOutput;
            return this;
        }

        public Builder input(Collection<Modality> input) {
            this.input = Set.copyOf(input);
            return this;
        }

        public Builder output(Collection<Modality> output) {
            this.output = Set.copyOf(output);
            return this;
        }

        public Builder tools(boolean tools) {
            this.tools = tools;
            return this;
        }

        public Builder reasoning(boolean reasoning) {
            this.reasoning = reasoning;
            return this;
        }

        public Builder structuredOutput(boolean structuredOutput) {
            this.structuredOutput = structuredOutput;
            return this;
        }

        public Builder needsMaxCompletionTokens(boolean needsMaxCompletionTokens) {
            this.needsMaxCompletionTokens = needsMaxCompletionTokens;
            return this;
        }

        public Builder parameters(List<String> parameters) {
            this.parameters = parameters;
            return this;
        }

        /** From 1 to 100; 0 when nothing is known. */
        public Builder quality(int quality) {
            this.quality = quality;
            return this;
        }

        public Builder offers(List<Offer> offers) {
            this.offers = offers;
            return this;
        }

        /** Throws {@link IllegalArgumentException} for an id without a slash, or without limits. */
        public Model build() {
            return new Model(
                    id,
                    name,
                    created,
                    context,
                    maxOutput,
                    input,
                    output,
                    tools,
                    reasoning,
                    structuredOutput,
                    needsMaxCompletionTokens,
                    parameters,
                    quality,
                    offers);
        }
    }
}
