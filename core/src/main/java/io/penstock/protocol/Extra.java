package io.penstock.protocol;

import java.util.Locale;

/** What a provider bills beside the tokens of its price list, as far as a request asks for it or an answer tells it. */
public enum Extra {
    /** Searches of the web, or of another place, that the provider makes itself. */
    WEB_SEARCH,
    /** Sources that xAI's live search used. */
    SEARCH_SOURCE,
    /** Searches of files that are kept there. */
    FILE_SEARCH,
    /** Code that is run there. */
    CODE_EXECUTION,
    /** Images that are made by a tool. */
    IMAGE_GENERATION,
    /** Tools of somebody else that the provider calls. */
    REMOTE_TOOL,
    /** Tokens of sound in the prompt, which are billed as text here. */
    AUDIO_INPUT,
    /** Tokens of sound in the answer, which are billed as text here. */
    AUDIO_OUTPUT,
    /** Tokens of images in the answer, which are billed as text here. */
    IMAGE_OUTPUT,
    /** A service tier other than the standard one (priority, flex), which is billed as standard here. */
    SERVICE_TIER,
    /** Anthropic's fast mode, which is billed as the usual one here. */
    FAST_MODE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** In the catalog, and in metrics. */
    public String label() {
        return label;
    }
}
