package io.penstock.protocol;

import java.util.Arrays;

/**
 * Gathers the token counts of one answer from wherever a provider puts them: in one event, in two that complete each
 * other, or again and again with rising numbers. Reused; not thread-safe.
 *
 * <p>Field by field the largest value told counts, so a late zero, or a partial repeat, lowers nothing. Counts are kept
 * as told (a prompt with or without its cached tokens) and taken apart in {@link #usage} only: taking each event apart
 * would count tokens twice when a second event says that they came from the cache. A value that is negative, no integer
 * or beyond the limit spoils the whole: such a report is as good as none.
 */
public final class UsageCounter {
    /** Prompt tokens, cached ones included (OpenAI). */
    static final int PROMPT = 0;

    /** Prompt tokens that neither came from the cache nor went into it (Anthropic). */
    static final int INPUT = 1;

    static final int CACHE_READ = 2;
    /** Written to the cache, for whatever time. */
    static final int CACHE_WRITE = 3;

    static final int CACHE_WRITE_5M = 4;
    static final int CACHE_WRITE_1H = 5;
    static final int OUTPUT = 6;
    static final int REASONING = 7;
    /** All of them, which tells whether the output includes the reasoning. */
    static final int TOTAL = 8;
    /** Prompt tokens that were not found in the cache (DeepSeek). */
    static final int CACHE_MISS = 9;

    /** No model has a window near this; far below where sums would overflow. */
    private static final long LIMIT_MAX = 1_000_000_000_000L;

    private static final int FIELDS = 10;
    private static final long UNTOLD = -1;

    private final long[] told = new long[FIELDS];
    private final long[] telling = new long[FIELDS]; // by the object being read, which may turn out to be cut
    private long limit;
    private boolean spoilt;
    private boolean spoiling;

    /** See {@link #reset}. */
    public UsageCounter(long limit) {
        reset(limit);
    }

    /**
     * For the next answer.
     *
     * @param limit the largest count to believe: four times the model's context window
     */
    public void reset(long limit) {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw new IllegalArgumentException("limit: " + limit + " (expected: 1 to " + LIMIT_MAX + ")");
        }
        this.limit = limit;
        spoilt = false;
        Arrays.fill(told, UNTOLD);
    }

    /** True if a usage was told that can be billed: of input and of output, believable, and not nothing at all. */
    public boolean reported() {
        return !spoilt
                && hasInput()
                && told[OUTPUT] >= 0
                && (told[OUTPUT] > 0 || told[PROMPT] > 0 || usage().total() > 0); // seldom needs the last
    }

    /** True if a usage was told that can be billed where nothing but input is: of embeddings. */
    public boolean reportedInput() {
        return !spoilt && hasInput() && usage().totalInput() > 0;
    }

    /** True if something was told that cannot be: {@link #reported} stays false. */
    public boolean spoilt() {
        return spoilt;
    }

    /** The counts so far, zero for what was not told; all zero if {@link #spoilt}. */
    public Usage usage() {
        if (spoilt) {
            return new Usage(0, 0, 0, 0, 0, 0, false);
        }
        long read = count(CACHE_READ);
        long written1h = count(CACHE_WRITE_1H);
        long written = Math.max(count(CACHE_WRITE), count(CACHE_WRITE_5M) + written1h);
        long input = told[PROMPT] >= 0
                ? Math.max(0, told[PROMPT] - read - written)
                : Math.max(count(INPUT), Math.max(0, count(CACHE_MISS) - written));
        long output = count(OUTPUT);
        long reasoning = count(REASONING);
        if (reasoning > 0 && told[PROMPT] >= 0 && told[TOTAL] == told[PROMPT] + output + reasoning) {
            output += reasoning; // xAI tells them side by side
        }
        return new Usage(input, read, written - written1h, written1h, output, Math.min(reasoning, output), false);
    }

    private boolean hasInput() {
        return told[PROMPT] >= 0 || told[INPUT] >= 0 || told[CACHE_MISS] >= 0;
    }

    private long count(int field) {
        return Math.max(0, told[field]);
    }

    // ---- What the readers tell

    /** An object begins; nothing of it counts before {@link #commit}. */
    void begin() {
        Arrays.fill(telling, UNTOLD);
        spoiling = false;
    }

    void tell(int field, long count) {
        if (count < 0 || count > limit) {
            spoil();
        } else {
            telling[field] = Math.max(telling[field], count);
        }
    }

    /** A count that is none. */
    void spoil() {
        spoiling = true;
    }

    /** The object was read to its end and is valid. */
    void commit() {
        spoilt |= spoiling;
        for (int field = 0; field < FIELDS; field++) {
            told[field] = Math.max(told[field], telling[field]);
        }
    }
}
