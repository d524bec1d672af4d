package io.penstock.protocol.translate;

import org.jspecify.annotations.Nullable;

/** What is remembered of thinking that a client's protocol could not carry. */
public interface ThinkingRecall {
    /** Remembers nothing. */
    ThinkingRecall NOTHING = callId -> null;

    /** What was thought right before that call, as {@link RememberedThinking} wrote it; null if it is not known. */
    byte @Nullable [] before(String callId);

    /**
     * Which provider made a signature or other opaque part that bears no seal, because it passed untouched; null if that is not
     * known.
     */
    default @Nullable String maker(String opaque) {
        return null;
    }
}
