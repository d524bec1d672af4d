package io.penstock.server.observe;

import io.netty.buffer.ByteBuf;
import io.penstock.provider.Masks;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import java.util.List;

/**
 * Masks the keys that a connection's client shows, right ones and wrong ones: it may repeat them elsewhere, by mistake. Made anew
 * only when another key is shown. Event loop only.
 */
public final class ShownKeys {
    private static final ClientFacts NOTHING = new ClientFacts(null, null, Masks.NONE);
    private static final int BYTES_MAX = 1024; // a longer text is no key of ours

    private String authorization = "";
    private String apiKey = "";
    private Masks masks = Masks.NONE;
    private ClientFacts nothingElse = NOTHING; // of a client that says nothing but its key

    /** What is known of a client that shows the keys that {@link #masks} was asked for last, and says nothing else. */
    ClientFacts nothingElse() {
        return nothingElse;
    }

    /** For the request of that head; {@link Masks#NONE} if it shows no key. */
    @SuppressWarnings("ReferenceEquality") // the same, or it is made anew
    Masks masks(RequestHead head, ByteBuf in) {
        if (!in.isReadable() && in.capacity() == 0) {
            nothingElse = NOTHING;
            return Masks.NONE;
        }
        String bearer = text(head, in, Header.AUTHORIZATION, authorization);
        String key = text(head, in, Header.X_API_KEY, apiKey);
        if (!bearer.equals(authorization) || !key.equals(apiKey)) {
            authorization = bearer;
            apiKey = key;
            masks = Masks.of(List.of(bearer.substring(bearer.lastIndexOf(' ') + 1), key));
        }
        if (nothingElse.shown() != masks) {
            nothingElse = new ClientFacts(null, null, masks);
        }
        return masks;
    }

    /** The header's text; the one before, if it has not changed. */
    private static String text(RequestHead head, ByteBuf in, Header header, String before) {
        if (!head.has(header)) {
            return "";
        }
        int from = head.start(header);
        int to = Math.min(head.end(header), from + BYTES_MAX);
        return to - from == before.length() && same(in, from, before) ? before : Bytes.text(in, from, to);
    }

    private static boolean same(ByteBuf in, int from, String text) {
        for (int i = 0; i < text.length(); i++) {
            if ((in.getByte(from + i) & 0xFF) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public String toString() {
        return "shown keys";
    }
}
