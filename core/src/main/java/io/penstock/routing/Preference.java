package io.penstock.routing;

import java.util.Locale;
import java.util.Optional;

/**
 * What matters more when the router chooses: a dial from cheapest to best, or speed.
 *
 * @param dial 0 (cheapest) to 10 (best)
 * @param speed whether the fastest of the good enough is taken instead of the cheapest
 */
public record Preference(int dial, boolean speed) {
    public static final Preference PRICE = new Preference(0, false);
    public static final Preference BALANCED = new Preference(5, false);
    public static final Preference QUALITY = new Preference(10, false);
    public static final Preference SPEED = new Preference(4, true);

    private static final int DIAL_MAX = 10;

    public Preference {
        if (dial < 0 || dial > DIAL_MAX) {
            throw new IllegalArgumentException("dial: " + dial + " (expected: 0 to 10)");
        }
    }

    /** The preference of that name ({@code quality}, {@code balanced}, {@code price}, {@code speed}) or number. */
    public static Optional<Preference> parse(String text) {
        return switch (text.strip().toLowerCase(Locale.ROOT)) {
            case "quality" -> Optional.of(QUALITY);
            case "balanced" -> Optional.of(BALANCED);
            case "price" -> Optional.of(PRICE);
            case "speed" -> Optional.of(SPEED);
            case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9" ->
                Optional.of(new Preference(text.strip().charAt(0) - '0', false));
            case "10" -> Optional.of(QUALITY);
            default -> Optional.empty();
        };
    }

    /** The name, or the number where it has none. */
    public String label() {
        if (speed) {
            return "speed";
        }
        return switch (dial) {
            case 0 -> "price";
            case 5 -> "balanced";
            case DIAL_MAX -> "quality";
            default -> Integer.toString(dial);
        };
    }
}
