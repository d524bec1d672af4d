package io.penstock.server.http;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The request headers that mean something to Penstock. All others are checked for form and passed over. */
public enum Header {
    HOST("host", true),
    CONTENT_LENGTH("content-length", true),
    TRANSFER_ENCODING("transfer-encoding", true),
    CONNECTION("connection", false),
    EXPECT("expect", true),
    AUTHORIZATION("authorization", true),
    X_API_KEY("x-api-key", true),
    CONTENT_ENCODING("content-encoding", true),
    ORIGIN("origin", true),
    ANTHROPIC_VERSION("anthropic-version", false),
    ANTHROPIC_BETA("anthropic-beta", false),
    HTTP_REFERER("http-referer", false),
    X_TITLE("x-title", false),
    X_OPENROUTER_TITLE("x-openrouter-title", false),
    X_REQUEST_ID("x-request-id", false),
    UPGRADE("upgrade", false);

    private static final Header[] ALL = values();
    private static final int LONGEST = 18;
    private static final Header[][] BY_LENGTH = byLength();

    @SuppressWarnings("ImmutableEnumChecker") // never written after construction, never handed out
    private final byte[] name;

    private final String wireName;
    private final boolean single;

    Header(String name, boolean single) {
        this.wireName = name;
        this.name = Bytes.ascii(name);
        this.single = single;
    }

    /** The name in lower case. */
    public String wireName() {
        return wireName;
    }

    /** True where a second one would make the request ambiguous, so that it is refused. */
    boolean single() {
        return single;
    }

    /** The header named in {@code [from, to)}, in any case; null if it means nothing here. */
    static @Nullable Header named(ByteBuf buffer, int from, int to) {
        int length = to - from;
        if (length > LONGEST) {
            return null;
        }
        for (Header header : BY_LENGTH[length]) {
            if (Bytes.equalsAnyCase(buffer, from, to, header.name)) {
                return header;
            }
        }
        return null;
    }

    private static Header[][] byLength() {
        Header[][] table = new Header[LONGEST + 1][];
        for (int length = 0; length <= LONGEST; length++) {
            int wanted = length;
            table[length] = Arrays.stream(ALL)
                    .filter(header -> header.name.length == wanted)
                    .toArray(Header[]::new);
        }
        return table;
    }
}
