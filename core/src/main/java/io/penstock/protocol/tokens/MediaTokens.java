package io.penstock.protocol.tokens;

import java.nio.charset.StandardCharsets;

/**
 * What images and files count for. Static methods on the bytes of JSON strings; safe from any thread.
 *
 * <ul>
 *   <li>An image whose size stands in its first bytes (PNG, JPEG, GIF): width × height / 750 once it is no longer than
 *       1,568 pixels at its longer side, at most 1,600 tokens (Anthropic's documentation, "Vision").
 *   <li>Any other image: {@link #IMAGE_TOKENS_MAX}.
 *   <li>A PDF, audio and whatever else is sent in base64: a token per hundred bytes as sent, at least
 *       {@link #IMAGE_TOKENS_MAX}: what a hold takes for it. Pages cannot be counted without reading all of the file.
 *   <li>A file of plain text in base64: a token per four bytes of the text.
 * </ul>
 */
public final class MediaTokens {
    /** What one image costs at most, when nothing is known about it. */
    public static final long IMAGE_TOKENS_MAX = 2_000;

    private static final int FILE_BYTES_PER_TOKEN = 100;

    private static final int PIXELS_PER_TOKEN = 750;
    private static final int LONG_SIDE_MAX = 1_568;
    private static final int READ_IMAGE_TOKENS_MAX = 1_600;
    private static final int SEGMENTS_BYTES_MAX = 256 * 1024; // of a JPEG before its size: previews, colour profiles
    private static final int TEXT_BYTES_PER_TOKEN = 4;

    private MediaTokens() {}

    /** Tokens of a URL, which may be a {@code data:} URL and then holds an image or a file. */
    static long url(byte[] json, int from, int to) {
        if (!starts(json, from, to, "data:")) {
            return IMAGE_TOKENS_MAX;
        }
        int comma = from;
        while (comma < to && json[comma] != ',') {
            comma++;
        }
        return base64(json, Math.min(to, comma + 1), to, starts(json, from, to, "data:text/"));
    }

    /** Tokens of what is sent in base64, {@code text} if it is said to be plain text. */
    static long base64(byte[] json, int from, int to, boolean text) {
        long image = image(json, from, to);
        int bytes = to - from;
        if (image > 0) {
            return image;
        }
        return text
                ? bytes / 4L * 3 / TEXT_BYTES_PER_TOKEN
                : Math.max(IMAGE_TOKENS_MAX, (long) bytes / FILE_BYTES_PER_TOKEN);
    }

    /** Tokens of an image in base64; 0 if it is none, or of a kind whose size is not read here. */
    static long image(byte[] json, int from, int to) {
        Base64Head head = new Base64Head(json, from, to);
        return switch (head.nextShort()) {
            case 0x8950 -> { // PNG (RFC 2083): signature, then the chunk IHDR
                head.skip(14);
                int widthHigh = head.nextShort();
                int width = head.nextShort();
                int heightHigh = head.nextShort();
                yield (widthHigh | heightHigh) == 0 ? pixels(width, head.nextShort()) : READ_IMAGE_TOKENS_MAX;
            }
            case 0x4749 -> { // GIF: signature of six bytes, then little endian
                head.skip(4);
                int width = swapped(head.nextShort());
                yield pixels(width, swapped(head.nextShort()));
            }
            case 0xFFD8 -> jpeg(head);
            default -> 0;
        };
    }

    /** ISO 10918-1 B.1.1: segments, each with its length, until the frame header that has the size. */
    private static long jpeg(Base64Head head) {
        for (int passed = 0; passed < SEGMENTS_BYTES_MAX; ) {
            int marker = head.nextShort();
            int length = head.nextShort();
            int kind = marker & 0xFF;
            if (marker < 0xFF00 || length < 2) {
                return IMAGE_TOKENS_MAX;
            }
            if (kind >= 0xC0 && kind <= 0xCF && kind != 0xC4 && kind != 0xC8 && kind != 0xCC) {
                head.next(); // precision
                int height = head.nextShort();
                return pixels(head.nextShort(), height);
            }
            head.skip(length - 2);
            passed += length;
        }
        return IMAGE_TOKENS_MAX;
    }

    private static int swapped(int value) {
        return value < 0 ? -1 : (value & 0xFF) << 8 | value >> 8;
    }

    private static long pixels(int width, int height) {
        if (width <= 0 || height <= 0) {
            return IMAGE_TOKENS_MAX;
        }
        long area = (long) width * height;
        int side = Math.max(width, height);
        if (side > LONG_SIDE_MAX) {
            area = area * LONG_SIDE_MAX / side * LONG_SIDE_MAX / side;
        }
        return Math.max(1, Math.min(READ_IMAGE_TOKENS_MAX, (area + PIXELS_PER_TOKEN - 1) / PIXELS_PER_TOKEN));
    }

    /** Whether a string begins so; escapes are not looked through but for a slash's. */
    private static boolean starts(byte[] json, int from, int to, String ascii) {
        byte[] prefix = ascii.getBytes(StandardCharsets.US_ASCII);
        int at = from;
        for (byte b : prefix) {
            if (b == '/' && at < to && json[at] == '\\') {
                at++;
            }
            if (at >= to || json[at++] != b) {
                return false;
            }
        }
        return true;
    }
}
