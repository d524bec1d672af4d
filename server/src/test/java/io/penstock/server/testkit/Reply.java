package io.penstock.server.testkit;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** An answer as a {@link RawClient} received it; {@code chunks} are the sizes of its chunks. */
public record Reply(String head, byte[] body, List<Integer> chunks, RawClient.End end) {
    public int status() {
        return Integer.parseInt(head.substring(9, 12));
    }

    /** The header's value, null if it did not come. */
    public String header(String name) {
        return Received.header(head, name);
    }

    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** The gateway's id of the exchange. */
    public String id() {
        return header("x-request-id");
    }
}
