package io.penstock.cli;

/** A command cannot do what it was asked; the message, one line or several, is all that the person needs. */
final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Refusal(String message) {
        super(message, null, false, false);
    }
}
