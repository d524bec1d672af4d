package io.penstock.store;

/** Another process, or another gateway of this one, holds the data directory. */
public final class InUseException extends StoreException {
    private static final long serialVersionUID = 1L;

    public InUseException(String message) {
        super(message);
    }
}
