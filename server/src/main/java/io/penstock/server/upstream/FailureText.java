package io.penstock.server.upstream;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;

/** Turns a network failure into words for a person. Nothing in them comes from a request. */
final class FailureText {
    /** What a connection that took longer than {@code limits.connect} is told as. */
    static final String LATE = "did not accept a connection in time";

    private FailureText() {}

    static String text(Throwable cause) {
        if (cause instanceof UnknownHostException) {
            return "host name cannot be resolved";
        }
        if (cause instanceof NoRouteToHostException) {
            return "cannot be reached";
        }
        if (cause instanceof ConnectException) {
            return "refused the connection";
        }
        if (cause instanceof ClosedChannelException) {
            return "closed the connection before it was ready";
        }
        Throwable deeper = cause.getCause();
        if (deeper instanceof SSLException) {
            return "TLS failed: " + deeper.getMessage();
        }
        if (cause instanceof SSLException) {
            return "TLS failed: " + cause.getMessage();
        }
        String message = cause.getMessage();
        return "connection failed: " + (message == null ? cause.getClass().getSimpleName() : message);
    }
}
