package io.penstock.server.config;

/** What automatic routing prefers. {@code dial} is 0 (cheapest) to 10 (best), and 0 unless the kind is {@code DIAL}. */
public record Preference(Kind kind, int dial) {
    public static final Preference BALANCED = new Preference(Kind.BALANCED, 0);

    static final int DIAL_MAX = 10;

    /** A name, or the dial. */
    public enum Kind {
        QUALITY,
        BALANCED,
        PRICE,
        SPEED,
        DIAL
    }

    public Preference {
        Checks.range("prefer", dial, 0, kind == Kind.DIAL ? DIAL_MAX : 0);
    }

    public static Preference parse(String text) {
        return parse("", text);
    }

    static Preference parse(String field, String text) {
        return switch (text) {
            case "quality" -> new Preference(Kind.QUALITY, 0);
            case "balanced" -> BALANCED;
            case "price" -> new Preference(Kind.PRICE, 0);
            case "speed" -> new Preference(Kind.SPEED, 0);
            case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10" ->
                new Preference(Kind.DIAL, Integer.parseInt(text));
            default -> throw Unfit.shown(field, text, "quality, balanced, price, speed, or 0 (cheapest) to 10 (best)");
        };
    }
}
