package io.penstock.server.config;

/** A declared key: what a client shows, under a name. */
public record KeyConfig(String name, Secret key, Keepalive keepalive) {
    /** What goes out on a stream while the provider is silent. */
    public enum Keepalive {
        /** A comment line: right for every client that reads SSE as it is specified. */
        COMMENT,
        /** An empty delta, for a client whose watchdog does not see comments. */
        DATA;

        static Keepalive parse(String field, String text) {
            return switch (text) {
                case "comment" -> COMMENT;
                case "data" -> DATA;
                default -> throw Unfit.shown(field, text, "comment or data");
            };
        }
    }

    public KeyConfig {
        Checks.keyName("name", name);
        Checks.keyText("key", key.reveal());
    }

    public KeyConfig(String name, String key) {
        this(name, new Secret(key), Keepalive.COMMENT);
    }
}
