package io.penstock.protocol;

/** The grammar of JSON numbers (RFC 8259 section 6) as a table: state and byte give the next state. */
final class Numbers {
    /** Not (or no longer) a number. */
    static final int NONE = 0;

    private static final int MINUS = 1;
    private static final int ZERO = 2;
    private static final int INTEGER = 3;
    private static final int POINT = 4;
    private static final int FRACTION = 5;
    private static final int E = 6;
    private static final int SIGN = 7;
    private static final int EXPONENT = 8;

    private static final byte[] NEXT = new byte[9 << 8];

    static {
        put(NONE, "-", MINUS);
        digits(NONE, INTEGER);
        put(NONE, "0", ZERO);
        digits(MINUS, INTEGER);
        put(MINUS, "0", ZERO);
        digits(INTEGER, INTEGER);
        put(ZERO, ".", POINT);
        put(INTEGER, ".", POINT);
        digits(POINT, FRACTION);
        digits(FRACTION, FRACTION);
        put(ZERO, "eE", E);
        put(INTEGER, "eE", E);
        put(FRACTION, "eE", E);
        put(E, "+-", SIGN);
        digits(E, EXPONENT);
        digits(SIGN, EXPONENT);
        digits(EXPONENT, EXPONENT);
    }

    private Numbers() {}

    private static void digits(int state, int next) {
        put(state, "0123456789", next);
    }

    private static void put(int state, String letters, int next) {
        for (int i = 0; i < letters.length(); i++) {
            NEXT[state << 8 | letters.charAt(i)] = (byte) next;
        }
    }

    /** The state after a number's first byte. */
    static int first(int letter) {
        return next(NONE, letter);
    }

    /** The state after one more byte, {@link #NONE} if it does not belong to the number. */
    static int next(int state, int letter) {
        return NEXT[state << 8 | (letter & 0xFF)];
    }

    /** True if the number may be over. */
    static boolean mayEnd(int state) {
        return state == ZERO || state == INTEGER || state == FRACTION || state == EXPONENT;
    }
}
