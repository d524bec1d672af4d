package io.penstock.server;

import io.penstock.provider.Endpoint;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * One question to a model server on this machine, on a connection of its own: bounded in time and bytes, and blocking. Plain
 * HTTP/1.1 over a socket, for such a question is no exchange: no key, no money, no event loop.
 */
final class LocalCall {
    private static final int CONNECT_MILLIS = 150;
    private static final int READ_MILLIS = 1_000; // between two reads
    private static final int ANSWER_BYTES_MAX = 2 * 1024 * 1024; // of /api/show with a long licence: 100 KB

    private LocalCall() {}

    /** @param body without what framed it */
    record Answer(int status, byte[] body) {}

    /**
     * Asks.
     *
     * @param body JSON, empty for none
     * @param deadlineNanos when nobody waits any more, on the clock of {@link System#nanoTime}
     */
    static Answer to(Endpoint endpoint, String method, String target, String body, long deadlineNanos)
            throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getByName(endpoint.host()), endpoint.port()),
                    Math.min(CONNECT_MILLIS, millisTo(deadlineNanos)));
            byte[] json = body.getBytes(StandardCharsets.UTF_8);
            OutputStream out = socket.getOutputStream();
            out.write((method + " " + target + " HTTP/1.1\r\nHost: " + endpoint.host() + ":" + endpoint.port()
                            + "\r\nConnection: close\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
                            + "Content-Type: application/json\r\nContent-Length: " + json.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            out.write(json);
            out.flush();
            return read(socket, deadlineNanos);
        }
    }

    private static int millisTo(long deadlineNanos) throws IOException {
        long millis = (deadlineNanos - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
            throw new SocketTimeoutException("nobody waits any more");
        }
        return (int) Math.min(READ_MILLIS, millis);
    }

    /** Reads up to the end that the head tells, or to that of the connection: not all servers close it. */
    private static Answer read(Socket socket, long deadlineNanos) throws IOException {
        InputStream in = socket.getInputStream();
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        byte[] piece = new byte[16 * 1024];
        int bodyStart = -1;
        String head = "";
        while (answer.size() < ANSWER_BYTES_MAX) {
            socket.setSoTimeout(millisTo(deadlineNanos));
            int read = in.read(piece);
            if (read < 0) {
                break;
            }
            answer.write(piece, 0, read);
            if (bodyStart < 0) {
                head = answer.toString(StandardCharsets.ISO_8859_1);
                bodyStart = head.indexOf("\r\n\r\n") + 4;
                bodyStart = bodyStart == 3 ? -1 : bodyStart;
            }
            if (bodyStart >= 0 && whole(head.substring(0, bodyStart), answer, bodyStart)) {
                break;
            }
        }
        if (bodyStart < 0 || !head.matches("(?s)HTTP/1\\.[01] [1-5][0-9][0-9][ \r].*")) {
            throw new IOException("not HTTP");
        }
        byte[] body = Arrays.copyOfRange(answer.toByteArray(), bodyStart, answer.size());
        boolean chunked =
                header(head.substring(0, bodyStart), "transfer-encoding").contains("chunked");
        return new Answer(Integer.parseInt(head.substring(9, 12)), chunked ? unchunked(body) : body);
    }

    private static boolean whole(String head, ByteArrayOutputStream answer, int bodyStart) throws IOException {
        String length = header(head, "content-length");
        if (length.matches("[0-9]{1,9}")) {
            return answer.size() - bodyStart >= Integer.parseInt(length);
        }
        if (!header(head, "transfer-encoding").contains("chunked")) {
            return false;
        }
        byte[] bytes = answer.toByteArray();
        String end = new String(
                bytes,
                Math.max(bodyStart, bytes.length - 7),
                Math.min(7, bytes.length - bodyStart),
                StandardCharsets.ISO_8859_1);
        return end.equals("\r\n0\r\n\r\n");
    }

    private static String header(String head, String name) {
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
                .map(line -> line.substring(name.length() + 1).strip().toLowerCase(Locale.ROOT))
                .findFirst()
                .orElse("");
    }

    private static byte[] unchunked(byte[] body) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream(body.length);
        int at = 0;
        while (true) {
            int lineEnd = at;
            while (lineEnd < body.length && body[lineEnd] != '\r') {
                lineEnd++;
            }
            String size = new String(body, at, lineEnd - at, StandardCharsets.ISO_8859_1).split(";", 2)[0].strip();
            if (!size.matches("[0-9a-fA-F]{1,7}")) {
                throw new IOException("a chunk without a size");
            }
            int length = Integer.parseInt(size, 16);
            int from = lineEnd + 2;
            if (length == 0) {
                return whole.toByteArray();
            }
            if (from + length + 2 > body.length) {
                throw new IOException("a chunk that is cut");
            }
            whole.write(body, from, length);
            at = from + length + 2;
        }
    }
}
