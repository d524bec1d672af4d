package io.penstock.server.observe;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.Printable;
import io.penstock.provider.Masks;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import io.penstock.server.wire.HttpConnection;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What a client says of itself, fit for store and log: without the key that it shows, without what looks like a key, printable
 * and cut. Taken while the request's head is there. Event loop only.
 *
 * @param requestId the client's own; null if it sent none
 * @param app its name ({@code X-Title}), or else its address ({@code HTTP-Referer}); null if it sent neither
 * @param shown masks the key that was shown, whether it was a right one or not
 */
public record ClientFacts(
        @Nullable String requestId, @Nullable String app, Masks shown) {
    private static final int CHARS_MAX = 128;
    private static final int WORDS_MAX = 512; // of what it asked for
    private static final int BYTES_READ_MAX =
            1024; // of a header: a key at the cut would lose its end, and not be known

    public static ClientFacts of(HttpConnection client, ShownKeys keys) {
        Masks shown = keys.masks(client.head(), client.headBytes());
        String app = text(client, Header.X_OPENROUTER_TITLE, shown);
        app = app == null ? text(client, Header.X_TITLE, shown) : app;
        app = app == null ? text(client, Header.HTTP_REFERER, shown) : app;
        String id = text(client, Header.X_REQUEST_ID, shown);
        return id == null && app == null ? keys.nothingElse() : new ClientFacts(id, app, shown);
    }

    /** Words that repeat what the client sent, such as the name of a model. */
    @Nullable
    public String safe(@Nullable String words) {
        return words == null ? null : Printable.of(shown.masked(words), WORDS_MAX);
    }

    private static @Nullable String text(HttpConnection client, Header header, Masks shown) {
        RequestHead head = client.head();
        ByteBuf in = client.headBytes();
        if (!head.has(header) || !in.isReadable() && in.capacity() == 0) {
            return null;
        }
        int from = head.start(header);
        int bytes = Math.min(head.end(header) - from, BYTES_READ_MAX);
        String raw = in.toString(from, bytes, StandardCharsets.UTF_8);
        return Printable.of(shown.masked(raw), CHARS_MAX);
    }
}
