package io.penstock.store;

import org.jspecify.annotations.Nullable;

/** The store cannot do it. The message is for the person at the keyboard: what was found, what was expected, what to do. */
public sealed class StoreException extends Exception permits InUseException {
    private static final long serialVersionUID = 1L;

    public StoreException(String message) {
        super(message);
    }

    public StoreException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
