package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;

/**
 * Google Gemini: {@code thought_signature} on calls. Images: Google's guide "Image understanding", read on 2026-11-21.
 */
final class Gemini {
    private Gemini() {}

    private static final long IMAGE = 16 * 258; // tokens a tile of 768 pixels; taken for 16 of them

    static Provider row() {
        return Provider.builder("gemini", "Google Gemini")
                .otherNames("google", "google-ai-studio")
                .environment("GEMINI_API_KEY")
                .credentials("AIza", "ya29.")
                .at(Endpoint.chat("https://generativelanguage.googleapis.com/v1beta/openai"))
                .quirks(Quirk.THOUGHT_SIGNATURE)
                .imageTokens("gemini", IMAGE)
                .build();
    }
}
