package io.penstock.server;

/** A gateway could not start. The message is for the person who starts it: what was found, and what to do. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
