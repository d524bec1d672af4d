package io.penstock.provider;

import io.penstock.protocol.translate.Quirk;
import java.util.Set;

/**
 * OpenRouter: its own fields beside those of each protocol, and app attribution. OPENROUTER sections 3 and 4.
 */
final class OpenRouter {
    private OpenRouter() {}

    private static final Set<String> APP_HEADERS =
            Set.of("http-referer", "x-title", "x-openrouter-title", "x-openrouter-categories");

    static Provider row() {
        return Provider.builder("openrouter", "OpenRouter")
                .environment("OPENROUTER_API_KEY")
                .credentials("sk-or-v1-")
                .at(
                        Endpoint.openai("https://openrouter.ai/api/v1").passingAlso(APP_HEADERS),
                        Endpoint.bearerMessages("https://openrouter.ai/api").passingAlso(APP_HEADERS),
                        Endpoint.responses("https://openrouter.ai/api/v1").passingAlso(APP_HEADERS))
                .quirks(Quirk.OPENROUTER_FIELDS)
                .build();
    }
}
