package io.penstock.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A usage object as one protocol writes it: which of its members tell which field of the counter. {@link PlainUsage} and
 * {@link StrictUsage} both read by it. Immutable; safe from any thread.
 */
final class UsageTable {
    static final int UNKNOWN = -1; // a member that tells nothing
    private static final int HOLDS_MORE = -2; // and below: a member with details inside

    private final byte[][] names;
    private final int[] fields;
    private final UsageTable[] details;
    private final boolean runs;

    /**
     * @param told members by the counter's field they tell
     * @param holders members that are objects, by what knows their own members
     */
    UsageTable(Map<String, Integer> told, Map<String, UsageTable> holders) {
        this(told, holders, false);
    }

    private UsageTable(Map<String, Integer> told, Map<String, UsageTable> holders, boolean runs) {
        this.runs = runs;
        this.names = new byte[told.size() + holders.size()][];
        this.fields = new int[names.length];
        this.details = new UsageTable[holders.size()];
        int i = 0;
        for (Map.Entry<String, Integer> one : told.entrySet()) {
            names[i] = one.getKey().getBytes(StandardCharsets.UTF_8);
            fields[i++] = one.getValue();
        }
        int holder = 0;
        for (Map.Entry<String, UsageTable> one : holders.entrySet()) {
            names[i] = one.getKey().getBytes(StandardCharsets.UTF_8);
            fields[i++] = HOLDS_MORE - holder;
            details[holder++] = one.getValue();
        }
    }

    /** Of the objects in an array, each of which tells one run of a model. */
    static UsageTable ofRuns(Map<String, Integer> told, Map<String, UsageTable> holders) {
        return new UsageTable(told, holders, true);
    }

    /** As {@link #UsageTable}, of a whole answer: what it cost may stand there too. */
    static UsageTable withCost(Map<String, Integer> told, Map<String, UsageTable> holders) {
        Map<String, Integer> all = new HashMap<>(told);
        all.put("cost", ToldCost.USD);
        all.put("cost_in_usd_ticks", ToldCost.TICKS);
        all.put("is_byok", ToldCost.OWN_KEY);
        Map<String, UsageTable> details = new HashMap<>(holders);
        details.put("cost_details", of(Map.of("upstream_inference_cost", ToldCost.UPSTREAM_USD)));
        return new UsageTable(all, details);
    }

    /** Of members that hold nothing more. */
    static UsageTable of(Map<String, Integer> told) {
        return new UsageTable(told, Map.of());
    }

    /**
     * Reads a usage object, {@code json[from, to)}. True if it is one; what is not valid JSON is none and changes nothing.
     */
    boolean read(byte[] json, int from, int to, UsageCounter counter) {
        return PlainUsage.read(this, json, from, to, counter) || StrictUsage.read(this, json, from, to, counter);
    }

    /** The counter's field that a member of this name tells; negative if it tells none. */
    int field(byte[] json, int from, int to) {
        for (int i = 0; i < names.length; i++) {
            byte[] name = names[i];
            if (name.length == to - from && Arrays.equals(json, from, to, name, 0, name.length)) {
                return fields[i];
            }
        }
        return UNKNOWN;
    }

    /** Whether it is of objects in an array. */
    boolean runs() {
        return runs;
    }

    /** What the object in a member of that {@link #field} may tell; null if nothing. */
    @Nullable
    UsageTable inside(int field) {
        return field <= HOLDS_MORE ? details[HOLDS_MORE - field] : null;
    }
}
