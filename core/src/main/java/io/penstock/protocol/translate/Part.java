package io.penstock.protocol.translate;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A piece of a turn, whichever protocol it came in. Immutable. */
sealed interface Part {
    /** How long a prompt cache shall keep what ends with a part. */
    enum Cache {
        NONE,
        FIVE_MINUTES,
        ONE_HOUR;

        /** Writes the member {@code cache_control} for it. */
        void write(JsonOut out) {
            out.member("cache_control")
                    .ascii(this == ONE_HOUR ? "{\"type\":\"ephemeral\",\"ttl\":\"1h\"}" : "{\"type\":\"ephemeral\"}");
        }
    }

    /** Whether the client marked the end of this part as one worth caching. */
    default Cache cache() {
        return Cache.NONE;
    }

    /** What was said. */
    record Text(Slice text, Cache cache) implements Part {}

    /**
     * An image: its data in base64 with its media type, or where it lies.
     *
     * @param mediaType such as {@code image/png}; null with a URL
     * @param data base64; null with a URL
     * @param url null with data
     * @param detail OpenAI's {@code detail}, null if none was asked for
     */
    record Image(
            @Nullable Slice mediaType,
            @Nullable Slice data,
            @Nullable Slice url,
            @Nullable Slice detail,
            Cache cache) implements Part {}

    /**
     * A document, most often a PDF.
     *
     * @param mediaType such as {@code application/pdf}; null with a URL
     * @param data base64; null with a URL
     * @param url null with data
     * @param name of the file; null if unknown
     */
    record Document(
            @Nullable Slice mediaType,
            @Nullable Slice data,
            @Nullable Slice url,
            @Nullable Slice name,
            Cache cache) implements Part {}

    /**
     * A call of a tool.
     *
     * @param id by which its result refers to it
     * @param name as the provider is told it
     * @param arguments JSON text, as the content of a string: what the model wrote, be it valid or not
     */
    record Call(Slice id, String name, Slice arguments, Cache cache) implements Part {}

    /**
     * What a call came to.
     *
     * @param content text, images and documents
     * @param failed whether the tool reports an error
     */
    record Result(Slice id, List<Part> content, boolean failed, Cache cache) implements Part {}

    /**
     * What a model thought.
     *
     * @param text empty if it is not shown
     * @param opaque what its maker wants back unread; null if there is nothing, or nobody known made it
     */
    record Thinking(Slice text, @Nullable Opaque opaque) implements Part {}
}
