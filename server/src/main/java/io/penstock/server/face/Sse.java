package io.penstock.server.face;

import io.penstock.protocol.JsonText;
import io.penstock.protocol.translate.AnswerFacts;
import io.penstock.server.face.Face.Facts;
import java.nio.charset.StandardCharsets;

/** Small SSE events of our own (WHATWG HTML 9.2). Static methods, safe from any thread. */
public final class Sse {
    private Sse() {}

    /** A comment line; no client shows it. */
    public static byte[] comment(String text) {
        return utf8(": " + text + "\n\n");
    }

    /** An event without a name whose data is one line of JSON. */
    public static byte[] data(byte[] json) {
        return utf8("data: " + new String(json, StandardCharsets.UTF_8) + "\n\n");
    }

    /** A named event whose data is one line of JSON. */
    public static byte[] event(String name, byte[] json) {
        return utf8("event: " + name + "\ndata: " + new String(json, StandardCharsets.UTF_8) + "\n\n");
    }

    /** A chat chunk that says nothing, for clients whose watchdog does not see comments; of the answer that is written here. */
    public static byte[] emptyDelta(Facts facts, boolean provider) {
        StringBuilder out = new StringBuilder(256).append("data: {\"id\":");
        JsonText.quote(out, provider ? facts.requestId() : AnswerFacts.id("chatcmpl-", facts.requestId()));
        out.append(",\"object\":\"chat.completion.chunk\",\"created\":").append(facts.createdSeconds());
        JsonText.quote(out.append(",\"model\":"), facts.model());
        if (provider) {
            JsonText.quoteOrNull(out.append(",\"provider\":"), facts.provider());
        }
        return utf8(out.append(",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":null}]}\n\n")
                .toString());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
