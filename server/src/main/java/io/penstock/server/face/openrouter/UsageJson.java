package io.penstock.server.face.openrouter;

import io.penstock.money.Nanos;
import io.penstock.protocol.Usage;

/**
 * Writes a {@link Bill} as OpenRouter's {@code usage} (OPENROUTER section 4). The installation's own credentials are the
 * account: {@code is_byok} is false and {@code cost} is what was settled. Static; safe from any thread.
 */
final class UsageJson {
    private UsageJson() {}

    /** The object of the chat dialect: prompt tokens include those read from and written to a cache, completion tokens reasoning. */
    static String chat(Bill bill) {
        Usage usage = bill.usage();
        StringBuilder out = new StringBuilder(512);
        out.append("{\"prompt_tokens\":").append(usage.totalInput());
        out.append(",\"completion_tokens\":").append(usage.output());
        out.append(",\"total_tokens\":").append(usage.total());
        out.append(",\"prompt_tokens_details\":{\"cached_tokens\":").append(usage.cacheRead());
        out.append(",\"cache_write_tokens\":").append(usage.cacheWrite() + usage.cacheWrite1h());
        out.append(",\"audio_tokens\":0,\"video_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":");
        out.append(usage.reasoning()).append(",\"audio_tokens\":0},");
        return cost(out, bill, "prompt", "completions").append('}').toString();
    }

    /** The members, without braces, of the messages dialect: input tokens exclude those read from and written to a cache. */
    static String messages(Bill bill) {
        Usage usage = bill.usage();
        StringBuilder out = new StringBuilder(512);
        out.append("\"input_tokens\":").append(usage.input());
        out.append(",\"output_tokens\":").append(usage.output());
        out.append(",\"cache_read_input_tokens\":").append(usage.cacheRead());
        out.append(",\"cache_creation_input_tokens\":").append(usage.cacheWrite() + usage.cacheWrite1h());
        out.append(",\"cache_creation\":{\"ephemeral_5m_input_tokens\":").append(usage.cacheWrite());
        out.append(",\"ephemeral_1h_input_tokens\":").append(usage.cacheWrite1h());
        out.append("},\"output_tokens_details\":{\"thinking_tokens\":").append(usage.reasoning());
        return cost(out.append("},"), bill, "prompt", "completions").toString();
    }

    /** The object of embeddings, which have no output. */
    static String embeddings(Bill bill) {
        Usage usage = bill.usage();
        StringBuilder out = new StringBuilder(256);
        out.append("{\"prompt_tokens\":").append(usage.totalInput());
        out.append(",\"total_tokens\":").append(usage.total()).append(',');
        return cost(out, bill, "prompt", "completions").append('}').toString();
    }

    /** The object of the responses dialect: input tokens include those read from and written to a cache, output tokens reasoning. */
    static String responses(Bill bill) {
        Usage usage = bill.usage();
        StringBuilder out = new StringBuilder(512);
        out.append("{\"input_tokens\":").append(usage.totalInput());
        out.append(",\"input_tokens_details\":{\"cached_tokens\":").append(usage.cacheRead());
        out.append(",\"cache_write_tokens\":").append(usage.cacheWrite() + usage.cacheWrite1h());
        out.append("},\"output_tokens\":").append(usage.output());
        out.append(",\"output_tokens_details\":{\"reasoning_tokens\":").append(usage.reasoning());
        out.append("},\"total_tokens\":").append(usage.total()).append(',');
        return cost(out, bill, "input", "output").append('}').toString();
    }

    /** Both parts always add up to the whole, also where an estimate was cut to its hold. */
    private static StringBuilder cost(StringBuilder out, Bill bill, String in, String made) {
        long cost = bill.costNanos();
        long input = Math.min(bill.inputCostNanos(), cost);
        out.append("\"cost\":").append(Nanos.shortest(cost));
        out.append(",\"is_byok\":false,\"cost_details\":{\"upstream_inference_cost\":")
                .append(Nanos.shortest(cost));
        out.append(",\"upstream_inference_").append(in).append("_cost\":").append(Nanos.shortest(input));
        out.append(",\"upstream_inference_").append(made).append("_cost\":").append(Nanos.shortest(cost - input));
        return out.append('}');
    }
}
