package io.penstock.server.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** An HTTP client that hides nothing: exact bytes out, exact bytes, framing and kind of end in. */
public final class RawClient implements AutoCloseable {
    /** How an answer ended. */
    public enum End {
        /** By its framing; the connection may serve again. */
        CLEAN,
        /** By the end of the connection, which is the framing of this answer. */
        CLOSED,
        /** The connection ended before the framing did. */
        TRUNCATED,
        /** The connection was reset. */
        RESET
    }

    private static final int MILLIS = Await.SECONDS * 1000;

    private final Socket socket = new Socket();
    private final InputStream in;

    public RawClient(String origin) {
        this(origin, 0);
    }

    /** @param receiveBytes size of the socket's receive buffer; 0 for the usual one */
    public RawClient(String origin, int receiveBytes) {
        URI uri = URI.create(origin);
        try {
            if (receiveBytes > 0) {
                socket.setReceiveBufferSize(receiveBytes);
            }
            socket.setTcpNoDelay(true);
            socket.connect(new InetSocketAddress(uri.getHost(), uri.getPort()), MILLIS);
            socket.setSoTimeout(MILLIS);
            in = new BufferedInputStream(socket.getInputStream(), 8192);
        } catch (IOException e) {
            throw new IllegalStateException("cannot connect to " + origin, e);
        }
    }

    public RawClient send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        } catch (IOException e) {
            throw new IllegalStateException("cannot send", e);
        }
        return this;
    }

    public RawClient send(String text) {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends as much as the gateway takes; true if it took all. */
    public boolean offer(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    /** Reads one whole answer. */
    public Reply read() {
        return read(false);
    }

    /** Reads one whole answer to a HEAD request. */
    public Reply readHeadOnly() {
        return read(true);
    }

    private Reply read(boolean headOnly) {
        Reply reply = readHead();
        return headOnly ? reply : readBody(reply);
    }

    /** Reads the head of an answer, and nothing behind it. 100 Continue is an answer, too. */
    public Reply readHead() {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        try {
            int state = 0;
            while (state < 4) {
                int b = in.read();
                if (b < 0) {
                    throw new AssertionError("no answer, only " + head);
                }
                head.write(b);
                state = b == "\r\n\r\n".charAt(state) ? state + 1 : b == '\r' ? 1 : 0;
            }
        } catch (IOException e) {
            throw new AssertionError("no answer, only " + head, e);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        if (!text.startsWith("HTTP/1.1 ")) {
            throw new AssertionError("not the head of an answer: " + text);
        }
        return new Reply(text, new byte[0], List.of(), End.CLEAN);
    }

    /** Reads the body that belongs to a head. */
    public Reply readBody(Reply head) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        List<Integer> chunks = new ArrayList<>();
        End end;
        try {
            String length = head.header("content-length");
            if ("chunked".equals(head.header("transfer-encoding"))) {
                for (byte[] chunk = readChunk(); chunk.length > 0; chunk = readChunk()) {
                    body.writeBytes(chunk);
                    chunks.add(chunk.length);
                }
                end = End.CLEAN;
            } else if (length != null) {
                byte[] bytes = in.readNBytes(Integer.parseInt(length));
                body.writeBytes(bytes);
                end = bytes.length == Integer.parseInt(length) ? End.CLEAN : End.TRUNCATED;
            } else {
                in.transferTo(body);
                end = End.CLOSED;
            }
        } catch (EOFException truncated) {
            end = End.TRUNCATED;
        } catch (SocketException reset) {
            end = End.RESET;
        } catch (IOException e) {
            throw new AssertionError("after " + body, e);
        }
        return new Reply(head.head(), body.toByteArray(), chunks, end);
    }

    /** Reads one chunk; empty for the last. */
    public byte[] readChunk() throws IOException {
        StringBuilder size = new StringBuilder();
        for (int b; (b = in.read()) != '\n'; ) {
            if (b < 0) {
                throw new EOFException();
            }
            size.append((char) b);
        }
        int length = Integer.parseInt(size.toString().strip().toLowerCase(Locale.ROOT), 16);
        byte[] payload = in.readNBytes(length);
        if (payload.length < length || in.read() != '\r' || in.read() != '\n') {
            throw new EOFException();
        }
        return payload;
    }

    /** Reads chunks, all of which go to {@code got}, until that part has come so many times. */
    public void readUntil(StringBuilder got, String part, int times) throws IOException {
        while (got.toString().split(Pattern.quote(part), -1).length - 1 < times) {
            got.append(new String(readChunk(), StandardCharsets.UTF_8));
        }
    }

    /** Waits for the end of the connection; false if a byte comes instead. */
    public boolean ended() {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        } catch (IOException e) {
            throw new AssertionError("the connection does not end", e);
        }
    }

    /** Half closes: nothing more will be sent. */
    public void finish() throws IOException {
        socket.shutdownOutput();
    }

    /** Ends the connection with a RST. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
        } catch (SocketException e) {
            throw new IllegalStateException(e);
        }
        close();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
