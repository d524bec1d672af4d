package io.penstock.server.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * A provider on loopback that follows a script: it reads each request whole, remembers its bytes, and then sends, pauses,
 * resets, stalls or lies as it is told, byte by byte. One that answers as any HTTP server does is an {@link HttpProvider}.
 * One thread per connection; close it at the end of the test.
 */
public final class ScriptedProvider extends Receiver {
    /** What is done for one request; throwing ends the connection. */
    @FunctionalInterface
    public interface Script {
        void play(Call call) throws Exception;
    }

    private final ServerSocket listener;
    private final Thread accepting;
    private final boolean secure;
    private final ConcurrentLinkedDeque<Script> scripts = new ConcurrentLinkedDeque<>();
    private final List<Link> links = Collections.synchronizedList(new ArrayList<>());
    private volatile Script usual = call -> call.send(Answer.json(500, "{\"error\":{\"message\":\"no script\"}}"));

    public ScriptedProvider() {
        this(false);
    }

    /** @param secure whether it speaks TLS, with the certificate of {@link Certificate} */
    public ScriptedProvider(boolean secure) {
        this.secure = secure;
        try {
            listener = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new IllegalStateException("cannot listen on loopback", e);
        }
        accepting = new Thread(this::accept, "scripted-provider");
        accepting.setDaemon(true);
        accepting.start();
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Base URL for a provider of either protocol, with this path. */
    public String url(String path) {
        return "http://127.0.0.1:" + port() + path;
    }

    /** What every request gets from now on that has no script of its own. */
    public ScriptedProvider always(Script script) {
        scripts.clear();
        usual = script;
        return this;
    }

    /** What the next request gets that has no script yet. */
    public ScriptedProvider next(Script script) {
        scripts.addLast(script);
        return this;
    }

    /** All connections so far. */
    public List<Link> links() {
        synchronized (links) {
            return List.copyOf(links);
        }
    }

    /** Connections that are open now. */
    public long open() {
        return links().stream().filter(link -> link.closedNanos() == 0).count();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                socket.setTcpNoDelay(true);
                Link link = new Link(socket);
                links.add(link);
                Thread thread = new Thread(() -> serve(link), "scripted-provider-link");
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            // the test is over
        }
    }

    private void serve(Link link) {
        try {
            if (secure) {
                link.secure(Certificate.server());
            }
            for (Received request = link.readRequest(); request != null; request = link.readRequest()) {
                keep(request);
                Script own = scripts.pollFirst();
                (own == null ? usual : own).play(new Call(link, request));
            }
        } catch (Exception over) {
            // the peer left, or the script ended the connection
        } finally {
            link.closed();
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
            accepting.join(); // one more may have been accepted meanwhile
        } catch (IOException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        links().forEach(Link::closed);
    }
}
