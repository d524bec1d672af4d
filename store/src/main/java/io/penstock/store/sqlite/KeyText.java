package io.penstock.store.sqlite;

import java.util.Arrays;

/**
 * A presented text as a map's key: either a copy that stays, or a thread's probe that looks at the caller's array for one
 * call. The hash is seeded per store, so that nobody outside can aim at a bucket.
 */
final class KeyText {
    private static final byte[] NONE = {};

    private byte[] bytes = NONE;
    private int from;
    private int to;
    private int hash;

    /** Points the probe at a range of somebody's array. */
    void look(byte[] text, int start, int end, int seed) {
        bytes = text;
        from = start;
        to = end;
        int h = seed;
        for (int i = start; i < end; i++) {
            h = 31 * h + text[i];
        }
        hash = h;
    }

    /** Lets go of the caller's array. */
    void forget() {
        bytes = NONE;
        from = 0;
        to = 0;
    }

    KeyText copy() {
        KeyText copy = new KeyText();
        copy.bytes = Arrays.copyOfRange(bytes, from, to);
        copy.to = copy.bytes.length;
        copy.hash = hash;
        return copy;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof KeyText that
                && hash == that.hash
                && Arrays.equals(bytes, from, to, that.bytes, that.from, that.to);
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
