package io.penstock.error;

/**
 * Carries a {@link GatewayError} across a call. No stack trace: a refusal is an answer, not a fault of ours, and it must
 * stay cheap under a flood of bad requests.
 */
public final class GatewayException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient GatewayError error;

    public GatewayException(GatewayError error) {
        super(error.message(), null, false, false);
        this.error = error;
    }

    public GatewayError error() {
        return error;
    }
}
