package io.penstock.server.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** What a script can do with one request. Every step happens at once and blocks until it is done. */
public final class Call {
    private final Link link;
    private final Received request;

    Call(Link link, Received request) {
        this.link = link;
        this.request = request;
    }

    public Received request() {
        return request;
    }

    public Call send(byte[] bytes) throws IOException {
        link.socket().getOutputStream().write(bytes);
        link.socket().getOutputStream().flush();
        return this;
    }

    public Call send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends in pieces of so many bytes, each in a packet of its own as far as the network allows. */
    public Call pieces(byte[] bytes, int size) throws IOException, InterruptedException {
        for (int i = 0; i < bytes.length; i += size) {
            link.socket().getOutputStream().write(bytes, i, Math.min(size, bytes.length - i));
            if (i % (size * 16) == 0) {
                Thread.sleep(1); // lets the reader in, so that it sees pieces
            }
        }
        return this;
    }

    /** Waits until the test goes on. */
    public Call pause(CountDownLatch gate) throws InterruptedException, IOException {
        if (!gate.await(Await.SECONDS, TimeUnit.SECONDS)) {
            throw new IOException("the test never went on");
        }
        return this;
    }

    /** Waits until the gateway has begun to send the next request. */
    public Call awaitBytes() throws IOException {
        if (link.in().read() < 0) {
            throw new IOException("the gateway closed");
        }
        return this;
    }

    /** Sends nothing more and waits until the other side ends the connection. */
    public void stall() throws IOException {
        while (link.in().read() >= 0) {
            // whatever it says
        }
        throw new IOException("the gateway closed");
    }

    /** Speaks TLS from here on, with the certificate of {@link Certificate}. */
    public Call secure() throws IOException {
        link.secure(Certificate.server());
        return this;
    }

    /** Ends the connection with a RST. */
    public void reset() throws IOException {
        link.socket().setSoLinger(true, 0);
        link.socket().close();
        throw new IOException("reset");
    }

    /** Ends the connection with a FIN. */
    public void close() throws IOException {
        link.socket().close();
        throw new IOException("closed");
    }

    public Link link() {
        return link;
    }
}
