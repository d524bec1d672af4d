package io.penstock.server.config;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Puts environment variables into values. <code>${NAME}</code> must be set; <code>${NAME:-default}</code> takes the
 * default when the variable is not set or empty; <code>$${</code> stands for a dollar sign and a brace. What was put in is
 * not looked at again.
 */
final class Expansion {
    private final Map<String, String> environment;
    private final Set<String> used = new HashSet<>();

    Expansion(Map<String, String> environment) {
        this.environment = environment;
    }

    static boolean appliesTo(String text) {
        return text.contains("${");
    }

    /** Whether a value named this variable: then it is no misspelt setting. */
    boolean used(String variable) {
        return used.contains(variable);
    }

    String expand(String field, String text) {
        if (!appliesTo(text)) {
            return text;
        }
        var expanded = new StringBuilder();
        int at = 0;
        for (int open; (open = text.indexOf("${", at)) >= 0; ) {
            if (open > at && text.charAt(open - 1) == '$') {
                expanded.append(text, at, open - 1).append("${");
                at = open + 2;
                continue;
            }
            expanded.append(text, at, open);
            int close = text.indexOf('}', open);
            if (close < 0) {
                throw Unfit.shown(field, text, "a } after ${, or $${ for the two characters");
            }
            expanded.append(value(field, text.substring(open + 2, close)));
            at = close + 1;
        }
        return expanded.append(text, at, text.length()).toString();
    }

    private String value(String field, String inside) {
        int sign = inside.indexOf(":-");
        String name = sign < 0 ? inside : inside.substring(0, sign);
        if (!isName(name) || inside.indexOf('{') >= 0) {
            throw Unfit.shown(field, "${" + inside + "}", "${NAME} or ${NAME:-default}");
        }
        used.add(name);
        String value = environment.get(name);
        if (sign >= 0) {
            return value == null || value.isEmpty() ? inside.substring(sign + 2) : value;
        }
        if (value == null) {
            throw new Unfit(
                    field,
                    "${" + name + "} is not set",
                    "the environment variable " + name + ", or ${" + name + ":-default}");
        }
        return value;
    }

    private static boolean isName(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
            if (!letter && (i == 0 || c < '0' || c > '9')) {
                return false;
            }
        }
        return !name.isEmpty();
    }
}
