package io.penstock.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Where in a request a value stands, as far as anybody asks: the content of a part of a message is one place, and all
 * of a tool's schema is {@link #NONE}. A member's place follows from its object's and its name, an element's from its
 * array's, so a look-alike elsewhere ({@code "type":"image"} in a tool's input) is never taken for the real thing.
 *
 * <p>Plain {@code int}s, not an enum: the scanner stores one per value, and a store of a reference costs a barrier.
 */
final class Place {
    static final int NONE = 0;
    static final int ROOT = 1;

    /** A top-level value that nobody looks into. */
    static final int FIELD = 2;

    static final int MODEL = 3;
    static final int STREAM = 4;
    static final int STREAM_OPTIONS = 5;
    static final int INCLUDE_USAGE = 6;
    /** A top-level value that must be an integer: which one is the field at hand. */
    static final int COUNT = 7;

    /** {@code messages}, or {@code input} of the Responses API, which may also be one string. */
    static final int MESSAGES = 8;

    static final int MESSAGE = 9;
    static final int ROLE = 10;
    static final int CONTENT = 11;
    static final int PART = 12;
    static final int PART_TEXT = 13;
    /** Content of a part, as a tool's result has it. */
    static final int INNER_CONTENT = 14;

    static final int INNER_PART = 15;
    static final int PART_TYPE = 16;
    static final int SOURCE = 17;
    static final int SOURCE_TYPE = 18;
    static final int SOURCE_DATA = 19;
    /** {@code image_url}: a string, or an object with {@code url}. */
    static final int MEDIA_URL = 20;

    static final int FILE = 21;
    static final int FILE_DATA = 22;
    static final int AUDIO = 23;
    static final int AUDIO_DATA = 24;
    /** What a tool returned, in the Responses API: like content, but not the client's own words. */
    static final int OUTPUT = 25;

    static final int TOOLS = 26;
    static final int TOOL = 27;
    /** {@code output_config} and {@code text}, which hold a format. */
    static final int FORMAT_HOLDER = 28;

    static final int FORMAT = 29;
    static final int FORMAT_TYPE = 30;
    static final int REASONING = 31;
    static final int EFFORT = 32;
    static final int ENABLED = 33;
    static final int THINKING = 34;
    static final int THINKING_TYPE = 35;
    static final int BACKGROUND = 36;
    /** What kind of item it is, in the Responses API. */
    static final int ITEM_TYPE = 37;
    /** {@code tool_calls} of a message. */
    static final int CALLS = 38;
    /** {@code reasoning_details} of a message. */
    static final int REASONING_DETAILS = 39;

    /** {@code prompt} of completions: a text, several, or lists of tokens. */
    static final int PROMPT = 40;

    static final int PROMPT_ITEM = 41;

    /** What kind of tool it is: the provider's own have names that are known. */
    static final int TOOL_TYPE = 42;

    static final int TIER = 43;
    static final int SPEED = 44;

    private static final long TYPE = word("type");
    private static final long TEXT = word("text");
    private static final long ROLE_NAME = word("role");
    private static final long CONTENT_NAME = word("content");
    private static final long OUTPUT_NAME = word("output");
    private static final long SOURCE_NAME = word("source");
    private static final long DATA = word("data");
    private static final long URL = word("url");
    private static final long FILE_NAME = word("file");
    private static final long FORMAT_NAME = word("format");
    private static final long EFFORT_NAME = word("effort");
    private static final long ENABLED_NAME = word("enabled");
    private static final byte[] IMAGE_URL = bytes("image_url");
    private static final byte[] FILE_DATA_NAME = bytes("file_data");
    private static final byte[] TOOL_CALLS = bytes("tool_calls");
    private static final byte[] DETAILS = bytes("reasoning_details");
    private static final byte[] INPUT_AUDIO = bytes("input_audio");
    private static final byte[] INCLUDE_USAGE_NAME = bytes("include_usage");

    private Place() {}

    /** The place of the elements of an array. */
    static int element(int array) {
        return switch (array) {
            case MESSAGES -> MESSAGE;
            case CONTENT, OUTPUT -> PART;
            case INNER_CONTENT -> INNER_PART;
            case TOOLS -> TOOL;
            case PROMPT -> PROMPT_ITEM;
            default -> NONE;
        };
    }

    /** The place of a member of an object below the top, by the member's decoded name. */
    static int member(int object, byte[] name, int from, int to) {
        int length = to - from;
        long word = length > Long.BYTES ? 0 : word(name, from, to);
        return switch (object) {
            case MESSAGE ->
                word == CONTENT_NAME ? CONTENT : word == ROLE_NAME ? ROLE : messageMember(word, name, from, to);
            case PART -> word == CONTENT_NAME ? INNER_CONTENT : partMember(word, name, from, to);
            case INNER_PART -> partMember(word, name, from, to);
            case TOOL -> word == TYPE ? TOOL_TYPE : NONE;
            case SOURCE -> word == DATA ? SOURCE_DATA : word == TYPE ? SOURCE_TYPE : NONE;
            case MEDIA_URL -> word == URL ? MEDIA_URL : NONE;
            case FILE -> is(FILE_DATA_NAME, name, from, to) ? FILE_DATA : NONE;
            case AUDIO -> word == DATA ? AUDIO_DATA : NONE;
            case STREAM_OPTIONS -> is(INCLUDE_USAGE_NAME, name, from, to) ? INCLUDE_USAGE : NONE;
            case FORMAT_HOLDER -> word == FORMAT_NAME ? FORMAT : NONE;
            case FORMAT -> word == TYPE ? FORMAT_TYPE : NONE;
            case REASONING -> word == EFFORT_NAME ? EFFORT : word == ENABLED_NAME ? ENABLED : NONE;
            case THINKING -> word == TYPE ? THINKING_TYPE : NONE;
            default -> NONE;
        };
    }

    private static int messageMember(long word, byte[] name, int from, int to) {
        if (word == OUTPUT_NAME) {
            return OUTPUT;
        } else if (word == TYPE) {
            return ITEM_TYPE;
        } else if (is(TOOL_CALLS, name, from, to)) {
            return CALLS;
        }
        return is(DETAILS, name, from, to) ? REASONING_DETAILS : NONE;
    }

    private static int partMember(long word, byte[] name, int from, int to) {
        if (word == TYPE) {
            return PART_TYPE;
        } else if (word == TEXT) {
            return PART_TEXT;
        } else if (word == SOURCE_NAME) {
            return SOURCE;
        } else if (word == FILE_NAME) {
            return FILE;
        } else if (is(IMAGE_URL, name, from, to)) {
            return MEDIA_URL;
        } else if (is(FILE_DATA_NAME, name, from, to)) {
            return FILE_DATA;
        }
        return is(INPUT_AUDIO, name, from, to) ? AUDIO : NONE;
    }

    /** True if {@code text[from, to)} is {@code name}. */
    static boolean is(byte[] name, byte[] text, int from, int to) {
        return to - from == name.length && Arrays.equals(text, from, to, name, 0, name.length);
    }

    static byte[] bytes(String ascii) {
        return ascii.getBytes(StandardCharsets.US_ASCII);
    }

    /** Up to eight bytes as one number, so that a name is compared in one step. A name with a NUL is like none. */
    private static long word(byte[] name, int from, int to) {
        long word = 0;
        for (int i = to - 1; i >= from; i--) {
            word = word << 8 | (name[i] & 0xFF);
        }
        return word;
    }

    private static long word(String ascii) {
        return word(bytes(ascii), 0, ascii.length());
    }
}
