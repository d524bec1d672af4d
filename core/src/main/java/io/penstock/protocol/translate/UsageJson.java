package io.penstock.protocol.translate;

import io.penstock.protocol.Usage;

/** Usage in the words of each protocol (CLIENTS sections 6 and 7, OPENROUTER section 4). Static. */
final class UsageJson {
    private UsageJson() {}

    /** Chat: cached tokens are part of the prompt's. */
    static void chat(Usage usage, JsonOut out) {
        out.ascii("{\"prompt_tokens\":").number(usage.totalInput());
        out.ascii(",\"completion_tokens\":").number(usage.output());
        out.ascii(",\"total_tokens\":").number(usage.total());
        out.ascii(",\"prompt_tokens_details\":{\"cached_tokens\":").number(usage.cacheRead());
        long written = usage.cacheWrite() + usage.cacheWrite1h();
        if (written > 0) {
            out.ascii(",\"cache_write_tokens\":").number(written);
        }
        out.ascii("},\"completion_tokens_details\":{\"reasoning_tokens\":")
                .number(usage.reasoning())
                .ascii("}}");
    }

    /** Messages: the classes of input do not overlap. */
    static void messages(Usage usage, JsonOut out) {
        out.ascii("{\"input_tokens\":").number(usage.input());
        out.ascii(",\"cache_creation_input_tokens\":").number(usage.cacheWrite() + usage.cacheWrite1h());
        out.ascii(",\"cache_read_input_tokens\":").number(usage.cacheRead());
        if (usage.cacheWrite1h() > 0) {
            out.ascii(",\"cache_creation\":{\"ephemeral_5m_input_tokens\":").number(usage.cacheWrite());
            out.ascii(",\"ephemeral_1h_input_tokens\":")
                    .number(usage.cacheWrite1h())
                    .raw('}');
        }
        out.ascii(",\"output_tokens\":").number(usage.output());
        if (usage.reasoning() > 0) {
            out.ascii(",\"output_tokens_details\":{\"thinking_tokens\":")
                    .number(usage.reasoning())
                    .raw('}');
        }
        out.raw('}');
    }

    /** Responses: as chat under other names; the details must be there. */
    static void responses(Usage usage, JsonOut out) {
        out.ascii("{\"input_tokens\":").number(usage.totalInput());
        out.ascii(",\"input_tokens_details\":{\"cached_tokens\":").number(usage.cacheRead());
        long written = usage.cacheWrite() + usage.cacheWrite1h();
        if (written > 0) {
            out.ascii(",\"cache_write_tokens\":").number(written);
        }
        out.ascii("},\"output_tokens\":").number(usage.output());
        out.ascii(",\"output_tokens_details\":{\"reasoning_tokens\":")
                .number(usage.reasoning())
                .ascii("},\"total_tokens\":")
                .number(usage.total())
                .raw('}');
    }
}
