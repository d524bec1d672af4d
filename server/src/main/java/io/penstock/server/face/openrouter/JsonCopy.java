package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * Walks one JSON document and writes it anew: what the caller does not change is copied byte for byte, so numbers keep their
 * text and strings their escapes. (A parser's String would not do: providers cut a surrogate pair into two events,
 * {@code "\ud83d"} and {@code "\ude00"}, and half a pair cannot be written as UTF-8.)
 *
 * <p>For each object: {@link #begin}, then {@link #next} until it says false, each member being copied, skipped or entered,
 * then {@link #end}. What the document is read by is the subclass's: an index ({@link TapeCopy}), or, of what is large, a parser
 * that keeps nothing of it ({@link StreamCopy}). One walk on one thread; the buffer written to stays the caller's.
 */
abstract class JsonCopy {
    /** The largest {@link #index}. */
    static final int INDEX_MAX = 9_999;

    /** A document that is nested deeper is refused. */
    static final int DEPTH_MAX = 512;

    private static final byte[] NOTHING = {};

    private byte[] json = NOTHING;
    private int length;
    private ByteBuf out = Unpooled.EMPTY_BUFFER; // the caller's

    /** A value's place in the document. */
    record Span(int from, int to) {
        int length() {
            return to - from;
        }
    }

    /** What lies in {@code bytes} from 0 to {@code size} is to be written to {@code into}. */
    final void document(byte[] bytes, int size, ByteBuf into) {
        json = bytes;
        length = size;
        out = into;
    }

    // ---- reading

    /** Begins the document, or begins it again; it must be an object. */
    abstract void root();

    /** Ends the document: nothing may follow. */
    abstract void finish();

    /** Steps to the next member of the object; false at its end. */
    abstract boolean next();

    /** Steps to the next element of the array; false at its end. */
    abstract boolean nextElement();

    abstract String name();

    abstract boolean isNull();

    abstract boolean isObject();

    abstract boolean isArray();

    abstract boolean isString();

    /** Whether the value says nothing: null or an empty string. */
    boolean isBlank() {
        return isNull() || isString() && text().isEmpty();
    }

    /** The string at hand. */
    abstract String text();

    /** The number at hand if it is a whole one of at most four digits; -1 for anything else. */
    abstract int index();

    /** Where the name of the member at hand begins, quotes included. */
    abstract int memberFrom();

    /** Where the value at hand begins, quotes included. */
    abstract int valueFrom();

    /** Steps over the value; the index behind it. */
    abstract int skip();

    /** Steps over the value and says where it stands. */
    final Span span() {
        int from = valueFrom();
        return new Span(from, skip());
    }

    // ---- writing

    /** Opens an object or array, with a comma in front where one is due. */
    final void begin(char bracket) {
        comma();
        out.writeByte(bracket);
    }

    final void end(char bracket) {
        out.writeByte(bracket);
    }

    /** Copies the member at hand, name and value. */
    final void copy() {
        copy(memberFrom());
    }

    /** Copies the array's element at hand. */
    final void copyElement() {
        copy(valueFrom());
    }

    private void copy(int from) {
        int to = skip();
        comma();
        out.writeBytes(json, from, to - from);
    }

    /** Copies the whole document. */
    final void copyAll() {
        out.writeBytes(json, 0, length);
    }

    /** The whole document, which stays as it is. */
    final byte[] toBytes() {
        return java.util.Arrays.copyOf(json, length);
    }

    /** Writes a member's name; its value is to follow. */
    final JsonCopy member(String plainName) {
        comma();
        out.writeByte('"');
        raw(plainName);
        out.writeByte('"');
        out.writeByte(':');
        return this;
    }

    /** Where the next byte is written. */
    final int written() {
        return out.writerIndex();
    }

    /** Writes something else in the place of what was written between two such places; what is behind it moves. */
    final void rewrite(int from, int to, String by) {
        byte[] behind = new byte[out.writerIndex() - to];
        out.getBytes(to, behind);
        out.writerIndex(from);
        raw(by);
        out.writeBytes(behind);
    }

    final JsonCopy raw(Span value) {
        out.writeBytes(json, value.from, value.length());
        return this;
    }

    final JsonCopy raw(String text) {
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
}
