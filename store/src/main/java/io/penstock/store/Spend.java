package io.penstock.store;

/** What a key spent on one UTC day ({@code day} counts from 1970), or, as day 0, ever. */
public record Spend(long keyId, long day, long nanos, long settlements) {
    private static final long DAY_MILLIS = 86_400_000;

    /** The day of a time stamp. */
    public static long day(long atMillis) {
        return Math.floorDiv(atMillis, DAY_MILLIS);
    }
}
