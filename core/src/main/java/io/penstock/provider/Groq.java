package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;

/**
 * Groq: {@code reasoning_format}. Which of its models refuse it is not verified.
 */
final class Groq {
    private Groq() {}

    static Provider row() {
        return Provider.builder("groq", "Groq")
                .environment("GROQ_API_KEY")
                .credentials("gsk_")
                .at(Endpoint.chat("https://api.groq.com/openai/v1"))
                .quirks(Quirk.REASONING_FORMAT)
                .build();
    }
}
