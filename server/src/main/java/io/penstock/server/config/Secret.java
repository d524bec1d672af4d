package io.penstock.server.config;

/** A text that must not be seen: {@link #toString} hides it, so that no log line or message shows it by accident. */
public record Secret(String reveal) {
    public Secret {
        if (reveal.isEmpty()) {
            throw new Unfit("", "an empty text", "a secret");
        }
    }

    @Override
    public String toString() {
        return "***";
    }
}
