package io.penstock.server.config;

import java.util.List;

/** A configuration that cannot be used. The message has one line per problem. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final List<String> problems;

    ConfigException(List<String> problems) {
        super(String.join("\n", problems));
        this.problems = List.copyOf(problems);
    }

    /** Each such as {@code penstock.yaml:12: routing.prefere: unknown field (did you mean "prefer"?)}. */
    public List<String> problems() {
        return problems;
    }
}
