package io.penstock.server.testkit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** One connection that a {@link ScriptedProvider} accepted. */
public final class Link {
    private Socket socket; // these two change in the link's own thread, before it reads or writes
    private InputStream in;
    private final long acceptedNanos = System.nanoTime();
    private volatile long closedNanos;

    Link(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    Socket socket() {
        return socket;
    }

    InputStream in() {
        return in;
    }

    public long acceptedNanos() {
        return acceptedNanos;
    }

    /** When its end was seen, by {@link System#nanoTime}; 0 while it is open. */
    public long closedNanos() {
        return closedNanos;
    }

    /** Whether bytes lie unread in the kernel at the gateway's end; true where the kernel does not tell. */
    public boolean unread() {
        Sockets.Seen theirs = theirs();
        return theirs != null && theirs.unread() > 0 || !Sockets.known();
    }

    /** Whether the gateway's kernel knows that nothing more will come; true where it does not tell. */
    public boolean halfClosed() {
        Sockets.Seen theirs = theirs();
        return theirs != null && theirs.halfClosed() || !Sockets.known();
    }

    /** Whether the gateway's end is there no more; true where the kernel does not tell. */
    public boolean gone() {
        return theirs() == null;
    }

    private Sockets.@Nullable Seen theirs() {
        return Sockets.find(socket.getPort(), socket.getLocalPort());
    }

    void closed() {
        if (closedNanos == 0) {
            closedNanos = System.nanoTime();
        }
        try {
            socket.close();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Speaks TLS from here on. */
    void secure(SSLContext tls) throws IOException {
        SSLSocket secure = (SSLSocket) tls.getSocketFactory().createSocket(socket, null, socket.getPort(), true);
        secure.setUseClientMode(false);
        socket = secure;
        in = new BufferedInputStream(secure.getInputStream());
        secure.startHandshake();
    }

    /** Null at a clean end of the connection. */
    Received readRequest() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        int state = 0;
        while (state < 4) {
            int b = in.read();
            if (b < 0) {
                return null;
            }
            head.write(b);
            state = b == "\r\n\r\n".charAt(state) ? state + 1 : b == '\r' ? 1 : 0;
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        String length = Received.header(text, "content-length");
        byte[] body = length == null ? new byte[0] : in.readNBytes(Integer.parseInt(length));
        return new Received(text, body, this, System.nanoTime());
    }
}
