package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads by a parser, which keeps nothing of what it read: for documents that may be large (embeddings are a million numbers, of
 * which an index would be larger than they are). All that reads throws {@link JacksonException} where the document is not JSON,
 * or nested deeper than {@link #DEPTH_MAX}.
 */
final class StreamCopy extends JsonCopy implements AutoCloseable {
    /** Names stay canonicalized, in a table of bounded size: without that Jackson reads characters, and knows no byte offsets. */
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEPTH_MAX)
                    .maxStringLength(Integer.MAX_VALUE) // the relay bounds events and answers
                    .maxNumberLength(Integer.MAX_VALUE) // never computed with
                    .build())
            .disable(TokenStreamFactory.Feature.CHARSET_DETECTION) // UTF-8, or it is not JSON (RFC 8259 section 8.1)
            .build();

    private final byte[] json;
    private JsonParser in;
    private String name = "";
    private int memberFrom;
    private @Nullable JsonToken token;

    StreamCopy(byte[] json, ByteBuf out) {
        this.json = json;
        this.in = FACTORY.createParser(ObjectReadContext.empty(), json);
        document(json, json.length, out);
    }

    @Override
    void root() {
        if (token != null) {
            in.close();
            in = FACTORY.createParser(ObjectReadContext.empty(), json);
        }
        token = in.nextToken();
        if (token != JsonToken.START_OBJECT) {
            throw new StreamReadException(in, "found " + token + " (expected: an object)");
        }
    }

    @Override
    void finish() {
        if (in.nextToken() != null) {
            throw new StreamReadException(in, "something follows the object");
        }
    }

    @Override
    boolean next() {
        if (in.nextToken() != JsonToken.PROPERTY_NAME) {
            return false;
        }
        name = in.currentName();
        memberFrom = offset(in.currentTokenLocation());
        token = in.nextToken();
        return true;
    }

    @Override
    boolean nextElement() {
        token = in.nextToken();
        return token != JsonToken.END_ARRAY;
    }

    @Override
    String name() {
        return name;
    }

    @Override
    boolean isNull() {
        return token == JsonToken.VALUE_NULL;
    }

    @Override
    boolean isObject() {
        return token == JsonToken.START_OBJECT;
    }

    @Override
    boolean isArray() {
        return token == JsonToken.START_ARRAY;
    }

    @Override
    boolean isString() {
        return token == JsonToken.VALUE_STRING;
    }

    @Override
    String text() {
        return in.getString();
    }

    @Override
    int index() {
        if (token != JsonToken.VALUE_NUMBER_INT) {
            return -1;
        }
        String digits = in.getString();
        boolean whole = digits.length() <= 4 && digits.charAt(0) != '-';
        return whole ? Integer.parseInt(digits) : -1;
    }

    @Override
    int memberFrom() {
        return memberFrom;
    }

    @Override
    int valueFrom() {
        return offset(in.currentTokenLocation());
    }

    @Override
    int skip() {
        in.skipChildren();
        in.finishToken();
        return offset(in.currentLocation());
    }

    private static int offset(TokenStreamLocation location) {
        return (int) location.getByteOffset();
    }

    @Override
    public void close() {
        in.close();
    }
}
