package io.penstock.server.config;

import java.time.Duration;

/** Sizes such as {@code 32MiB} and durations such as {@code 300s}: whole numbers with a unit, exact in both directions. */
final class Units {
    private static final String SIZE = "a size such as 32MiB, 500KB or 1048576";
    private static final String DURATION = "a duration such as 250ms, 10s, 30m, 2h or 90d";

    // Largest first, so that printing finds the shortest text.
    private static final String[] SIZE_UNITS = {"GiB", "GB", "MiB", "MB", "KiB", "KB", "B"};
    private static final long[] SIZE_BYTES = {1L << 30, 1_000_000_000L, 1L << 20, 1_000_000L, 1L << 10, 1_000L, 1L};
    private static final String[] TIME_UNITS = {"d", "h", "m", "s", "ms"};
    private static final long[] TIME_MILLIS = {86_400_000L, 3_600_000L, 60_000L, 1_000L, 1L};

    private Units() {}

    /** In bytes; a number without a unit is bytes too. */
    static long parseBytes(String field, String text) {
        int digits = digits(text);
        String unit = text.substring(digits);
        return multiple(field, text, digits, unit.isEmpty() ? "B" : unit, SIZE_UNITS, SIZE_BYTES, SIZE);
    }

    static Duration parseDuration(String field, String text) {
        int digits = digits(text);
        return Duration.ofMillis(
                multiple(field, text, digits, text.substring(digits), TIME_UNITS, TIME_MILLIS, DURATION));
    }

    static String print(long bytes) {
        return print(bytes, SIZE_UNITS, SIZE_BYTES, "B");
    }

    static String print(Duration duration) {
        return print(duration.toMillis(), TIME_UNITS, TIME_MILLIS, "s");
    }

    private static int digits(String text) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        return digits;
    }

    private static long multiple(
            String field, String text, int digits, String unit, String[] units, long[] factors, String expected) {
        if (digits == 0 || digits > 18) { // 18 digits fit in a long
            throw Unfit.shown(field, text, expected);
        }
        for (int i = 0; i < units.length; i++) {
            if (units[i].equals(unit)) {
                long number = Long.parseLong(text.substring(0, digits));
                if (number > Long.MAX_VALUE / factors[i]) {
                    throw Unfit.shown(field, text, expected);
                }
                return number * factors[i];
            }
        }
        throw Unfit.shown(field, text, expected);
    }

    private static String print(long number, String[] units, long[] factors, String zeroUnit) {
        if (number == 0) {
            return "0" + zeroUnit;
        }
        for (int i = 0; i < units.length; i++) {
            if (number % factors[i] == 0) {
                return number / factors[i] + units[i];
            }
        }
        throw new AssertionError(number); // the last factor is 1
    }
}
