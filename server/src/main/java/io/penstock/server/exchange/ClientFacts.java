package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import org.jspecify.annotations.Nullable;

/** What a client says of itself in headers, cut and made printable for the log. Static; event loop only. */
final class ClientFacts {
    private static final int CHARS_MAX = 128;

    private ClientFacts() {}

    /** The client's own request id; null if it sent none. */
    static @Nullable String requestId(ClientConnection client) {
        return text(client, Header.X_REQUEST_ID);
    }

    /** The app's name ({@code X-Title}), or else its address ({@code HTTP-Referer}); null if it sent neither. */
    static @Nullable String app(ClientConnection client) {
        String title = text(client, Header.X_OPENROUTER_TITLE);
        title = title == null ? text(client, Header.X_TITLE) : title;
        return title == null ? text(client, Header.HTTP_REFERER) : title;
    }

    private static @Nullable String text(ClientConnection client, Header header) {
        RequestHead head = client.head();
        ByteBuf in = client.headBytes();
        if (!head.has(header) || !in.isReadable() && in.capacity() == 0) {
            return null;
        }
        int from = head.start(header);
        String raw = Bytes.text(in, from, Math.min(head.end(header), from + CHARS_MAX));
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                return escaped(raw);
            }
        }
        return raw;
    }

    private static String escaped(String raw) {
        StringBuilder out = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            out.append(c < ' ' || c > '~' || c == '"' || c == '\\' ? '?' : c);
        }
        return out.toString();
    }
}
