package io.penstock.server.admin;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.penstock.server.wire.EventLoops;
import io.penstock.server.wire.HttpServer;
import io.penstock.server.wire.MemoryBudget;
import io.penstock.server.wire.WireLimits;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The admin API on {@code <data>/control.sock}, 0600, for the command line of the same person.
 *
 * <p>The path of a Unix socket is short by the kernel's wish. Where {@code <data>} is too long for it, the socket lies in a
 * fresh 0700 directory under the system's temporary one, and {@code <data>/control.path} says where.
 */
public final class ControlSocket implements AutoCloseable {
    /** Room for a path without its NUL: macOS has 104 bytes in all, Linux 108. */
    static final int PATH_BYTES_MAX = 103;

    private static final String SOCKET = "control.sock";
    private static final String ELSEWHERE = "control.path";
    private static final String TEMPORARY = "penstock-";
    private static final int THREADS_MAX = 2;
    private static final int WAITING_MAX = 64;
    private static final int CONNECTIONS_MAX = 256;
    private static final long RECEIVE_NANOS = 10_000_000_000L; // it comes from this machine, in one piece
    private static final long MEMORY_BYTES = (long) CONNECTIONS_MAX * AdminRequests.BODY_BYTES_MAX;
    private static final WireLimits LIMITS =
            new WireLimits(AdminRequests.BODY_BYTES_MAX, RECEIVE_NANOS, RECEIVE_NANOS, RECEIVE_NANOS, CONNECTIONS_MAX);

    private final Channel listener;
    private final ThreadPoolExecutor executor;
    private final Path data;
    private final Path socket;

    private ControlSocket(Channel listener, ThreadPoolExecutor executor, Path data, Path socket) {
        this.listener = listener;
        this.executor = executor;
        this.data = data;
        this.socket = socket;
    }

    /** Where a gateway on that data directory listens, if one runs. */
    public static Path of(Path data) throws IOException {
        Path elsewhere = data.resolve(ELSEWHERE);
        return Files.exists(elsewhere)
                ? Path.of(Files.readString(elsewhere, StandardCharsets.UTF_8).strip())
                : data.resolve(SOCKET);
    }

    /**
     * Listens. The caller holds the lock of {@code data}, so a socket that lies there is of a process that died.
     *
     * @throws IOException if it cannot, nothing being left behind
     */
    public static ControlSocket listen(
            Path data, EventLoops loops, Class<? extends ServerChannel> channel, AdminRoutes routes)
            throws IOException {
        remove(data, of(data));
        Path socket = data.resolve(SOCKET);
        Files.deleteIfExists(socket);
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > PATH_BYTES_MAX) {
            socket = Files.createTempDirectory(TEMPORARY).resolve(SOCKET);
            Files.writeString(data.resolve(ELSEWHERE), socket + "\n");
            ownerOnly(data.resolve(ELSEWHERE));
        }
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                THREADS_MAX, THREADS_MAX, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(WAITING_MAX), runnable -> {
                    Thread thread = new Thread(runnable, "penstock-admin");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.allowCoreThreadTimeOut(true);
        SocketAddress address = channel == NioServerDomainSocketChannel.class
                ? UnixDomainSocketAddress.of(socket)
                : new DomainSocketAddress(socket.toString());
        ChannelFuture bound = new HttpServer(LIMITS, new MemoryBudget(MEMORY_BYTES))
                .listen(loops, channel, address, null, client -> new AdminRequests(client, routes, executor));
        if (!bound.isSuccess()) {
            executor.shutdownNow();
            remove(data, socket);
            throw new IOException("cannot listen on the control socket " + socket + ": " + reason(bound.cause()));
        }
        ControlSocket listening = new ControlSocket(bound.channel(), executor, data, socket);
        try {
            ownerOnly(socket);
        } catch (IOException e) {
            listening.close();
            throw e;
        }
        return listening;
    }

    private static String reason(@Nullable Throwable cause) {
        return cause == null ? "cancelled" : String.valueOf(cause.getMessage());
    }

    private static void ownerOnly(Path file) throws IOException {
        if (file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        }
    }

    /** Also its directory, if that was made for it alone. */
    private static void remove(Path data, Path socket) throws IOException {
        Files.deleteIfExists(socket);
        Path directory = socket.getParent();
        if (directory != null && !directory.equals(data)) {
            Files.deleteIfExists(directory);
            Files.deleteIfExists(data.resolve(ELSEWHERE));
        }
    }

    /** Answers what was asked already, then removes the socket. */
    @Override
    public void close() throws IOException {
        listener.close().syncUninterruptibly();
        executor.shutdown();
        try {
            if (!executor.awaitTermination(2, TimeUnit.SECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        remove(data, socket);
    }
}
