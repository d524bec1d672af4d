package io.penstock.store;

/** A key just made, and the only moment its text is known. */
public record NewKey(GatewayKey key, String text) {
    /** Without the text. */
    @Override
    public String toString() {
        return "NewKey[" + key + "]";
    }
}
