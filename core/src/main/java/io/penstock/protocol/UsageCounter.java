package io.penstock.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the token counts of one answer from wherever a provider puts them: in one event, in two that complete each
 * other, or again and again. Reused; not thread-safe.
 *
 * <p>Field by field the last word counts; what is not told again stays as it was. Zeros behind numbers are none: an object
 * of nothing but zeros says nothing, nor does an input that is none at all. Counts are kept as told (a prompt with or without
 * its cached tokens) and taken apart in {@link #usage} only: taking each event apart would count tokens twice when a second
 * event says that they came from the cache. A value that is negative, no integer or beyond the limit spoils the whole: such
 * a report is as good as none.
 *
 * <p>Anthropic tells an answer that took several runs of a model (a compaction before it, an advisor beside it) by its
 * {@code iterations}; their sum is the usage, whatever stands beside them.
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
    /** Prompt tokens that were not found in the cache (DeepSeek). */
    static final int CACHE_MISS = 6;
    /** Sound in the prompt, which some count beside it (Mistral): the total tells. */
    static final int AUDIO = 7;

    static final int OUTPUT = 8;
    static final int REASONING = 9;
    /** All of them, which tells what stands beside what. */
    static final int TOTAL = 10;

    /** Not a count: the name of the model that made an iteration. */
    static final int MODEL = 11;

    private static final int INPUTS = AUDIO + 1; // the fields below tell of input
    private static final int FIELDS = TOTAL + 1;

    /** No model has a window near this; far below where sums would overflow. */
    private static final long LIMIT_MAX = 1_000_000_000_000L;

    private static final int ITERATIONS_MAX = 1_000; // of one answer; more is absurd
    private static final int MODEL_LETTERS_MAX = 200; // no catalog has a longer name
    private static final long UNTOLD = -1;

    private final ExtraUsage extras = new ExtraUsage();
    private final long[] told = new long[FIELDS];
    private final ToldCost cost = new ToldCost();
    private final long[] telling = new long[FIELDS]; // by the object being read, which may turn out to be cut
    private List<Iteration> iterations = List.of();
    private List<Iteration> tellingIterations = List.of();
    private @Nullable String runBy; // the model of the iteration being read
    private long limit;
    private boolean spoilt;
    private boolean spoiling;

    /**
     * One of the runs of a model that made an answer.
     *
     * @param model the provider's name for it; null for the model that was asked
     */
    public record Iteration(@Nullable String model, Usage usage) {}

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
        extras.reset();
        iterations = List.of();
        cost.reset();
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

    /** What was used beside tokens. */
    public ExtraUsage extras() {
        return extras;
    }

    /** True if something was told that cannot be: {@link #reported} stays false. */
    public boolean spoilt() {
        return spoilt;
    }

    /** The counts so far, zero for what was not told; all zero if {@link #spoilt}. */
    public Usage usage() {
        if (spoilt) {
            return Usage.NONE;
        }
        Usage whole = apart(told);
        if (iterations.isEmpty()) {
            return whole;
        }
        Usage sum = Usage.NONE;
        for (Iteration one : iterations) {
            sum = sum.plus(one.usage());
        }
        return sum.withReasoning(Math.min(whole.reasoning(), sum.output()));
    }

    /** The runs that {@link #usage} is the sum of; none if the provider told of one alone, or is not to be believed. */
    public List<Iteration> iterations() {
        return spoilt ? List.of() : iterations;
    }

    /** What the provider says that the answer cost, in nano-USD; -1 if it does not. */
    public long toldCostNanos() {
        return cost.nanos();
    }

    /** The classes of price that told counts come to. */
    private static Usage apart(long[] told) {
        long read = count(told, CACHE_READ);
        long written = count(told, CACHE_WRITE);
        long output = count(told, OUTPUT);
        long reasoning = count(told, REASONING);
        long input = Math.max(count(told, INPUT), Math.max(0, count(told, CACHE_MISS) - written));
        long prompt = told[PROMPT];
        if (prompt >= 0) {
            if (reasoning > 0 && told[TOTAL] == prompt + output + reasoning) {
                output += reasoning; // xAI tells them side by side
            } else if (told[AUDIO] > 0 && told[TOTAL] == prompt + output + told[AUDIO]) {
                prompt += told[AUDIO];
            }
            input = read > prompt
                    ? prompt
                    : prompt - read; // Azure tells more cached than prompt: it stands beside that
            written = Math.min(written, input); // what was read is not written as well, whoever tells both
            input -= written;
        }
        long written1h = Math.min(count(told, CACHE_WRITE_1H), written);
        return new Usage(input, read, written - written1h, written1h, output, Math.min(reasoning, output), false);
    }

    private boolean hasInput() {
        return told[PROMPT] >= 0 || told[INPUT] >= 0 || told[CACHE_MISS] >= 0;
    }

    private static long count(long[] counts, int field) {
        return Math.max(0, counts[field]);
    }

    // ---- What the readers tell

    /** An object begins; nothing of it counts before {@link #commit}. */
    void begin() {
        Arrays.fill(telling, UNTOLD);
        tellingIterations = List.of();
        cost.begin();
        spoiling = false;
    }

    /** Told twice in one object, under two names, the larger counts. */
    void tell(int field, long count) {
        if (count < 0 || count > limit) {
            spoil();
        } else {
            telling[field] = Math.max(telling[field], count);
        }
    }

    /** What is told of money. */
    ToldCost cost() {
        return cost;
    }

    /** A count that is none. */
    void spoil() {
        spoiling = true;
    }

    /** An iteration begins; returns what was told before it, for {@link #iterationEnds}. */
    long[] iterationBegins() {
        long[] before = telling.clone();
        Arrays.fill(telling, UNTOLD);
        runBy = null;
        return before;
    }

    /** The iteration at hand was run by that model. */
    void iterationBy(String model) {
        runBy = model.length() > MODEL_LETTERS_MAX ? model.substring(0, MODEL_LETTERS_MAX) : model;
    }

    void iterationEnds(long[] before) {
        if (tellingIterations.isEmpty()) {
            tellingIterations = new ArrayList<>();
        }
        if (tellingIterations.size() == ITERATIONS_MAX) {
            spoil();
        } else {
            cacheWrites(telling);
            tellingIterations.add(new Iteration(runBy, apart(telling)));
        }
        System.arraycopy(before, 0, telling, 0, FIELDS);
    }

    /** The object was read to its end and is valid. */
    void commit() {
        spoilt |= spoiling;
        cost.commit();
        if (!tellingIterations.isEmpty()) {
            iterations = List.copyOf(tellingIterations);
        }
        cacheWrites(telling);
        boolean inputNone = largest(telling, 0, INPUTS) == 0 && largest(told, 0, INPUTS) > 0;
        if (inputNone) {
            Arrays.fill(telling, 0, INPUTS, UNTOLD);
        }
        if (!inputNone || largest(telling, INPUTS, FIELDS) > 0) {
            for (int field = 0; field < FIELDS; field++) {
                told[field] = telling[field] == UNTOLD ? told[field] : telling[field];
            }
        }
    }

    private static long largest(long[] counts, int from, int to) {
        long largest = UNTOLD;
        for (int field = from; field < to; field++) {
            largest = Math.max(largest, counts[field]);
        }
        return largest;
    }

    /** What was written for a time was written: the parts are never more than the whole. */
    private static void cacheWrites(long[] counts) {
        if (counts[CACHE_WRITE_5M] >= 0 || counts[CACHE_WRITE_1H] >= 0) {
            long sum = count(counts, CACHE_WRITE_5M) + count(counts, CACHE_WRITE_1H);
            counts[CACHE_WRITE] = Math.max(counts[CACHE_WRITE], sum);
        }
    }
}
