package io.penstock.cli;

import io.penstock.server.admin.AdminAnswer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * The client's end of the control socket: one request per connection, HTTP/1.1, bounded in time and size. Blocks.
 *
 * <p>A Unix channel of the JDK knows no time-out while it blocks, so it waits in a selector.
 */
final class ControlClient {
    private static final long PATIENCE_MILLIS = 10_000; // a commit that waits for a slow disk, and some more
    private static final int ANSWER_BYTES_MAX = 16 * 1024 * 1024;

    private final Path socket;

    ControlClient(Path socket) {
        this.socket = socket;
    }

    /** Whether somebody listens. */
    boolean answers() {
        if (!Files.exists(socket)) {
            return false;
        }
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    AdminAnswer ask(String method, String path, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        String head = method + " " + path + " HTTP/1.1\r\nHost: penstock\r\nAccept: application/json\r\n"
                + "Content-Type: application/json\r\nContent-Length: " + bytes.length + "\r\nConnection: close\r\n\r\n";
        ByteBuffer request = ByteBuffer.allocate(head.length() + bytes.length)
                .put(head.getBytes(StandardCharsets.US_ASCII))
                .put(bytes)
                .flip();
        long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(PATIENCE_MILLIS);
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
                Selector selector = Selector.open()) {
            channel.connect(UnixDomainSocketAddress.of(socket));
            channel.configureBlocking(false);
            SelectionKey key = channel.register(selector, SelectionKey.OP_WRITE);
            while (request.hasRemaining()) {
                await(selector, deadline);
                channel.write(request);
            }
            key.interestOps(SelectionKey.OP_READ);
            ByteArrayOutputStream answer = new ByteArrayOutputStream(4096);
            ByteBuffer piece = ByteBuffer.allocate(64 * 1024);
            while (true) {
                await(selector, deadline);
                int read = channel.read(piece);
                if (read < 0) {
                    return parse(answer.toString(StandardCharsets.UTF_8));
                }
                answer.write(piece.array(), 0, piece.position());
                piece.clear();
                if (answer.size() > ANSWER_BYTES_MAX) {
                    throw new IOException("the answer is larger than " + ANSWER_BYTES_MAX + " bytes");
                }
            }
        }
    }

    private static void await(Selector selector, long deadline) throws IOException {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0 || selector.select(left) == 0) {
            throw new IOException("no answer within " + PATIENCE_MILLIS / 1000 + " s");
        }
        selector.selectedKeys().clear();
    }

    private static AdminAnswer parse(String answer) throws IOException {
        int body = answer.indexOf("\r\n\r\n");
        if (body < 0 || !answer.startsWith("HTTP/1.1 ") || answer.length() < 12) {
            throw new IOException("it closed the connection without an answer");
        }
        return new AdminAnswer(Integer.parseInt(answer.substring(9, 12)), answer.substring(body + 4));
    }
}
