package io.penstock.server.testkit;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A request as the provider received it: its head as text, its body as bytes; its link where a {@link ScriptedProvider} did. */
public record Received(String head, byte[] body, @Nullable Link link, long atNanos) {
    /** The request line. */
    public String line() {
        return head.substring(0, head.indexOf("\r\n"));
    }

    /** The header's value, null if it did not come. */
    public String header(String name) {
        return header(head, name);
    }

    /** Names of all headers, in lower case, in their order. */
    public List<String> names() {
        return head.lines()
                .skip(1)
                .filter(line -> !line.isEmpty())
                .map(line -> line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT))
                .toList();
    }

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    static String header(String head, String name) {
        return head.lines()
                .skip(1)
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                .map(line -> line.substring(name.length() + 1).strip())
                .findFirst()
                .orElse(null);
    }
}
