package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.Utf8;
import java.nio.charset.StandardCharsets;
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
 * Walks one JSON document and writes it anew: what the caller does not change is copied byte for byte, so numbers keep their
 * text and strings their escapes. (A parser's String would not do: providers cut a surrogate pair into two events,
 * {@code "\ud83d"} and {@code "\ude00"}, and half a pair cannot be written as UTF-8.)
 *
 * <p>For each object: {@link #begin}, then {@link #next} until it says false, each member being copied, skipped or entered,
 * then {@link #end}. Everything that reads throws {@link JacksonException} where the document is not JSON, or nested deeper
 * than {@link #DEPTH_MAX}. One walk on one thread; the buffer written to stays the caller's.
 */
final class JsonCopy implements AutoCloseable {
    static final int DEPTH_MAX = 512;

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
    private final ByteBuf out; // the caller's
    private final JsonParser in;
    private String name = "";
    private int memberFrom;
    private @Nullable JsonToken token;

    /** A value's place in the document. */
    record Span(int from, int to) {
        int length() {
            return to - from;
        }
    }

    JsonCopy(byte[] json, ByteBuf out) {
        this.json = json;
        this.out = out;
        this.in = FACTORY.createParser(ObjectReadContext.empty(), json);
    }

    /** The bytes of a buffer, which is left alone; what is not UTF-8 is U+FFFD, for a client's parser would stop at it. */
    static byte[] bytes(ByteBuf from, int start, int end) {
        byte[] json = new byte[end - start];
        from.getBytes(start, json);
        return Utf8.repaired(json);
    }

    /** As {@link #bytes}, in one line, as an event's data must be: where line ends may stand in JSON, a blank may. */
    static byte[] line(ByteBuf from, int start, int end) {
        byte[] json = bytes(from, start, end);
        for (int i = 0; i < json.length; i++) {
            if (json[i] == '\n' || json[i] == '\r') {
                json[i] = ' ';
            }
        }
        return json;
    }

    // ---- reading

    /** Begins the document, which must be an object. */
    void root() {
        token = in.nextToken();
        if (token != JsonToken.START_OBJECT) {
            throw new StreamReadException(in, "found " + token + " (expected: an object)");
        }
    }

    /** Ends the document: nothing may follow. */
    void finish() {
        if (in.nextToken() != null) {
            throw new StreamReadException(in, "something follows the object");
        }
    }

    /** Steps to the next member of the object; false at its end. */
    boolean next() {
        if (in.nextToken() != JsonToken.PROPERTY_NAME) {
            return false;
        }
        name = in.currentName();
        memberFrom = offset(in.currentTokenLocation());
        token = in.nextToken();
        return true;
    }

    /** Steps to the next element of the array; false at its end. */
    boolean nextElement() {
        token = in.nextToken();
        return token != JsonToken.END_ARRAY;
    }

    String name() {
        return name;
    }

    boolean isNull() {
        return token == JsonToken.VALUE_NULL;
    }

    boolean isObject() {
        return token == JsonToken.START_OBJECT;
    }

    boolean isArray() {
        return token == JsonToken.START_ARRAY;
    }

    boolean isString() {
        return token == JsonToken.VALUE_STRING;
    }

    /** Whether the value says nothing: null or an empty string. */
    boolean isBlank() {
        return isNull() || isString() && text().isEmpty();
    }

    /** The string or number at hand. */
    String text() {
        return in.getString();
    }

    /** Steps over the value and says where it stands. */
    Span span() {
        int from = offset(in.currentTokenLocation());
        skip();
        return new Span(from, offset(in.currentLocation()));
    }

    /** Steps over the value. */
    void skip() {
        in.skipChildren();
        in.finishToken();
    }

    private static int offset(TokenStreamLocation location) {
        return (int) location.getByteOffset();
    }

    // ---- writing

    /** Opens an object or array, with a comma in front where one is due. */
    void begin(char bracket) {
        comma();
        out.writeByte(bracket);
    }

    void end(char bracket) {
        out.writeByte(bracket);
    }

    /** Copies the member at hand, name and value. */
    void copy() {
        int from = memberFrom;
        skip();
        comma();
        out.writeBytes(json, from, offset(in.currentLocation()) - from);
    }

    /** Copies the array's element at hand. */
    void copyElement() {
        Span span = span();
        comma();
        out.writeBytes(json, span.from, span.length());
    }

    /** Writes a member's name; its value is to follow. */
    JsonCopy member(String plainName) {
        comma();
        out.writeByte('"');
        raw(plainName);
        out.writeByte('"');
        out.writeByte(':');
        return this;
    }

    /** Where the next byte is written. */
    int written() {
        return out.writerIndex();
    }

    /** Writes something else in the place of what was written between two such places; what is behind it moves. */
    void rewrite(int from, int to, String by) {
        byte[] behind = new byte[out.writerIndex() - to];
        out.getBytes(to, behind);
        out.writerIndex(from);
        raw(by);
        out.writeBytes(behind);
    }

    JsonCopy raw(Span value) {
        out.writeBytes(json, value.from, value.length());
        return this;
    }

    JsonCopy raw(String text) {
        out.writeCharSequence(text, StandardCharsets.UTF_8);
        return this;
    }

    /** No value ends in a bracket or colon that opens one, so the last byte tells whether something stands before. */
    private void comma() {
        byte last = out.getByte(out.writerIndex() - 1);
        if (last != '{' && last != '[' && last != ':') {
            out.writeByte(',');
        }
    }

    @Override
    public void close() {
        in.close();
    }
}
