package io.penstock.server.testkit;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Answers of a provider as bytes. Static methods. */
public final class Answer {
    private Answer() {}

    public static byte[] json(int status, String body, String... headerLines) {
        return json(status, body.getBytes(StandardCharsets.UTF_8), headerLines);
    }

    public static byte[] json(int status, byte[] body, String... headerLines) {
        return join(head(status, "application/json", withLine(headerLines, "Content-Length: " + body.length)), body);
    }

    /** A whole stream, each {@code size} bytes in a chunk of their own. */
    public static byte[] stream(byte[] events, int size, String... headerLines) {
        return join(streamHead(headerLines), chunks(events, size), lastChunk());
    }

    /** A whole stream in one chunk. */
    public static byte[] stream(byte[] events, String... headerLines) {
        return stream(events, Math.max(1, events.length), headerLines);
    }

    public static byte[] streamHead(String... headerLines) {
        return head(200, "text/event-stream; charset=utf-8", withLine(headerLines, "Transfer-Encoding: chunked"));
    }

    public static byte[] head(int status, String type, String... headerLines) {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Whatever\r\nContent-Type: " + type + "\r\n");
        for (String line : headerLines) {
            head.append(line).append("\r\n");
        }
        return ascii(head.append("\r\n").toString());
    }

    public static byte[] chunk(byte[] payload) {
        return join(ascii(Integer.toHexString(payload.length) + "\r\n"), payload, ascii("\r\n"));
    }

    public static byte[] chunk(String payload) {
        return chunk(payload.getBytes(StandardCharsets.UTF_8));
    }

    public static byte[] chunks(byte[] payload, int size) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < payload.length; i += size) {
            byte[] piece = new byte[Math.min(size, payload.length - i)];
            System.arraycopy(payload, i, piece, 0, piece.length);
            out.writeBytes(chunk(piece));
        }
        return out.toByteArray();
    }

    public static byte[] lastChunk() {
        return ascii("0\r\n\r\n");
    }

    public static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    public static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String[] withLine(String[] lines, String more) {
        String[] all = java.util.Arrays.copyOf(lines, lines.length + 1);
        all[lines.length] = more;
        return all;
    }
}
