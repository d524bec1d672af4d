package io.penstock.catalog;

import io.penstock.protocol.Extra;
import io.penstock.protocol.ExtraUsage;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

/**
 * What a provider takes for each of what it does beside its models' tokens, such as a search of the web, in nano-USD; what stands
 * here not has no price that is known. Immutable; amounts that do not fit throw {@link ArithmeticException}.
 */
public final class Surcharges {
    /** Of a provider of which nothing is known. */
    public static final Surcharges NONE = new Surcharges(Map.of());

    private static final Extra[] ALL = Extra.values();

    private final Map<Extra, Long> each;

    public Surcharges(Map<Extra, Long> each) {
        this.each = each.isEmpty() ? Map.of() : new EnumMap<>(each);
        this.each.values().forEach(nanos -> {
            if (nanos < 0) {
                throw new IllegalArgumentException("a negative surcharge in " + each);
            }
        });
    }

    /** What the extras of an answer cost, as far as they have a price. */
    public long cost(ExtraUsage used) {
        long sum = 0;
        if (used.any()) {
            for (Extra extra : ALL) {
                Long nanos = each.get(extra);
                if (nanos != null) {
                    sum = Math.addExact(sum, Math.multiplyExact(nanos, used.count(extra)));
                }
            }
        }
        return sum;
    }

    /** What so many of an extra cost; 0 if it has no price. */
    public long cost(Extra extra, long count) {
        return Math.multiplyExact(each.getOrDefault(extra, 0L), count);
    }

    /** Extras of an answer that were used and have no price: it cost more, or less, than is known here. */
    public Set<Extra> unpriced(ExtraUsage used) {
        Set<Extra> unknown = EnumSet.noneOf(Extra.class);
        if (used.any()) {
            for (Extra extra : ALL) {
                if (used.count(extra) > 0 && !each.containsKey(extra)) {
                    unknown.add(extra);
                }
            }
        }
        return unknown;
    }
}
