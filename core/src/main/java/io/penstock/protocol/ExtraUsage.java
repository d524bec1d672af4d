package io.penstock.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what an answer used beside its plain tokens, from wherever its usage tells it; of several tellings the largest counts.
 * Reused; not thread-safe; allocates nothing.
 *
 * <p>Names are looked for at any depth of a usage object, but sound and images, which stand in the details of the prompt or in
 * those of the answer. What is not a whole number is passed over: the counter of tokens judges the object.
 */
public final class ExtraUsage {
    private static final Extra[] ALL = Extra.values();
    private static final long COUNT_MAX = 1_000_000_000L; // more is absurd; so many at 9 USD each still fit an amount

    /** Members whose number tells how often. */
    private static final byte[][] NAMES = {
        bytes("web_search_requests"), // Anthropic, OpenRouter
        bytes("web_search_calls"), // xAI
        bytes("x_search_calls"),
        bytes("num_search_queries"), // Perplexity
        bytes("num_sources_used"), // xAI
        bytes("file_search_calls"),
        bytes("document_search_calls"),
        bytes("code_interpreter_calls"),
        bytes("code_execution_requests"),
        bytes("image_generation_calls"),
        bytes("mcp_calls"),
    };

    private static final Extra[] TOLD = {
        Extra.WEB_SEARCH,
        Extra.WEB_SEARCH,
        Extra.WEB_SEARCH,
        Extra.WEB_SEARCH,
        Extra.SEARCH_SOURCE,
        Extra.FILE_SEARCH,
        Extra.FILE_SEARCH,
        Extra.CODE_EXECUTION,
        Extra.CODE_EXECUTION,
        Extra.IMAGE_GENERATION,
        Extra.REMOTE_TOOL,
    };

    private static final byte[] AUDIO_TOKENS = bytes("audio_tokens");
    private static final byte[] IMAGE_TOKENS = bytes("image_tokens");
    private static final byte[] SERVICE_TIER = bytes("service_tier");
    private static final byte[] SPEED = bytes("speed");
    private static final byte[] FAST = bytes("fast");
    private static final byte[][] USUAL_TIERS = {
        bytes("standard"), bytes("default"), bytes("auto"), bytes("on_demand"), bytes("not_available")
    };

    private final long[] counts = new long[ALL.length];
    private final long[] telling = new long[ALL.length]; // by one object
    private boolean any;

    /** For the next answer. */
    public void reset() {
        if (any) {
            Arrays.fill(counts, 0);
            any = false;
        }
    }

    /** Whether anything was told. */
    public boolean any() {
        return any;
    }

    @SuppressWarnings("EnumOrdinal") // index of an array; never leaves the process
    public long count(Extra extra) {
        return counts[extra.ordinal()];
    }

    /** Something told elsewhere than in a usage object. */
    @SuppressWarnings("EnumOrdinal")
    public void tell(Extra extra, long count) {
        if (count > 0 && count <= COUNT_MAX) {
            any = true;
            counts[extra.ordinal()] = Math.max(counts[extra.ordinal()], count);
        }
    }

    /** The service tier that an answer names. */
    public void tier(byte[] text, int from, int to) {
        boolean usual = from == to;
        for (byte[] tier : USUAL_TIERS) {
            usual |= is(tier, text, from, to);
        }
        tell(Extra.SERVICE_TIER, usual ? 0 : 1);
    }

    /** Reads a usage object, {@code json[from, to)}, whichever protocol's. Never throws. */
    @SuppressWarnings("EnumOrdinal")
    public void read(byte[] json, int from, int to) {
        boolean told = false;
        boolean ofOutput = false;
        for (int i = from; i < to; i++) {
            if (json[i] != '"') {
                continue;
            }
            int nameEnd = stringEnd(json, i + 1, to);
            int value = nameEnd < 0 ? to : blank(json, nameEnd + 1, to);
            if (value >= to || json[value] != ':') {
                i = nameEnd < 0 ? to : nameEnd;
                continue;
            }
            value = blank(json, value + 1, to);
            int name = i + 1;
            i = value - 1;
            if (value >= to) {
                break;
            }
            byte first = json[value];
            if (first == '{') {
                ofOutput = begins(json, name, nameEnd, 'c', 'o') || begins(json, name, nameEnd, 'o', 'u');
            } else if (first >= '1' && first <= '9') {
                Extra extra = named(json, name, nameEnd, ofOutput);
                if (extra != null) {
                    if (!told) {
                        Arrays.fill(telling, 0);
                        told = true;
                    }
                    telling[extra.ordinal()] += number(json, value, to); // several kinds of search are one
                }
            } else if (first == '"') {
                int end = stringEnd(json, value + 1, to);
                if (end > 0 && is(SERVICE_TIER, json, name, nameEnd)) {
                    tier(json, value + 1, end);
                } else if (end > 0 && is(SPEED, json, name, nameEnd) && is(FAST, json, value + 1, end)) {
                    tell(Extra.FAST_MODE, 1);
                }
                i = end < 0 ? to : end;
            }
        }
        for (int k = 0; told && k < ALL.length; k++) {
            tell(ALL[k], telling[k]);
        }
    }

    private static @Nullable Extra named(byte[] json, int from, int to, boolean ofOutput) {
        if (is(AUDIO_TOKENS, json, from, to)) {
            return ofOutput ? Extra.AUDIO_OUTPUT : Extra.AUDIO_INPUT;
        }
        if (is(IMAGE_TOKENS, json, from, to)) {
            return ofOutput ? Extra.IMAGE_OUTPUT : null; // in the prompt they are input as any
        }
        for (int k = 0; k < NAMES.length; k++) {
            if (is(NAMES[k], json, from, to)) {
                return TOLD[k];
            }
        }
        return null;
    }

    private static long number(byte[] json, int from, int to) {
        long value = 0;
        int i = from;
        while (i < to && json[i] >= '0' && json[i] <= '9' && value <= COUNT_MAX) {
            value = value * 10 + json[i++] - '0';
        }
        boolean whole = i == to || json[i] != '.' && json[i] != 'e' && json[i] != 'E';
        return whole && value <= COUNT_MAX ? value : 0;
    }

    private static int stringEnd(byte[] json, int from, int to) {
        for (int i = from; i < to; i++) {
            if (json[i] == '\\') {
                i++;
            } else if (json[i] == '"') {
                return i;
            }
        }
        return -1;
    }

    private static int blank(byte[] json, int from, int to) {
        int i = from;
        while (i < to && json[i] <= ' ' && json[i] >= 0) {
            i++;
        }
        return i;
    }

    private static boolean begins(byte[] json, int from, int to, char first, char second) {
        return to - from > 1 && json[from] == first && json[from + 1] == second;
    }

    private static boolean is(byte[] name, byte[] json, int from, int to) {
        return to - from == name.length && Arrays.equals(json, from, to, name, 0, name.length);
    }

    private static byte[] bytes(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }
}
