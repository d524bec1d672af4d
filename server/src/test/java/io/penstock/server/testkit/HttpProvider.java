package io.penstock.server.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.net.ServerSocketFactory;
import mockwebserver3.Dispatcher;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import mockwebserver3.RecordedRequest;
import mockwebserver3.SocketEffect;
import okio.Buffer;

/**
 * A provider on loopback that answers as any HTTP server does: plainly, or in chunks. One whose bytes or whose connections the
 * test must rule is a {@link ScriptedProvider}. Close it at the end of the test.
 */
public final class HttpProvider extends Receiver {
    /** The answer to one request, in its connection's thread, which may wait. */
    @FunctionalInterface
    public interface Answers {
        MockResponse to(Received request) throws Exception;
    }

    private static final Logger LINE_PER_REQUEST =
            Logger.getLogger(MockWebServer.class.getName()); // held, or it forgets

    static {
        LINE_PER_REQUEST.setLevel(Level.WARNING);
    }

    private final MockWebServer server = new MockWebServer();
    private final ConcurrentLinkedDeque<Answers> once = new ConcurrentLinkedDeque<>();
    private volatile Answers usual = request -> json(500, "{\"error\":{\"message\":\"no answer\"}}");

    public HttpProvider() {
        server.setDispatcher(new Dispatcher() {
            @Override
            public MockResponse dispatch(RecordedRequest request) {
                return answer(request);
            }
        });
        server.setServerSocketFactory(new AtOnce());
        try {
            server.start(InetAddress.getLoopbackAddress(), 0);
        } catch (IOException e) {
            throw new IllegalStateException("cannot listen on loopback", e);
        }
    }

    private MockResponse answer(RecordedRequest recorded) {
        Received request = received(recorded);
        keep(request);
        Answers own = once.pollFirst();
        try {
            return (own == null ? usual : own).to(request);
        } catch (Exception | AssertionError e) {
            return json(500, "{\"error\":{\"message\":" + AnswerScript.quoted("the test: " + e) + "}}");
        }
    }

    private static Received received(RecordedRequest request) {
        StringBuilder head = new StringBuilder(request.getRequestLine()).append("\r\n");
        request.getHeaders()
                .forEach(header -> head.append(header.getFirst())
                        .append(": ")
                        .append(header.getSecond())
                        .append("\r\n"));
        byte[] body =
                request.getBody() == null ? new byte[0] : request.getBody().toByteArray();
        return new Received(head.append("\r\n").toString(), body, null, System.nanoTime());
    }

    /** Base URL for a provider of any protocol, with this path. */
    public String url(String path) {
        return "http://127.0.0.1:" + server.getPort() + path;
    }

    /** What every request gets from now on that has no answer of its own. */
    public HttpProvider always(Answers answers) {
        once.clear();
        usual = answers;
        return this;
    }

    public HttpProvider always(MockResponse answer) {
        return always(request -> answer);
    }

    /** What the next request gets that has no answer yet. */
    public HttpProvider next(MockResponse answer) {
        once.addLast(request -> answer);
        return this;
    }

    // ---- answers

    public static MockResponse json(int status, String body, String... headerLines) {
        return json(status, new Buffer().writeUtf8(body), headerLines);
    }

    public static MockResponse json(int status, byte[] body, String... headerLines) {
        return json(status, new Buffer().write(body), headerLines);
    }

    private static MockResponse json(int status, Buffer body, String... headerLines) {
        MockResponse.Builder answer = new MockResponse.Builder()
                .code(status)
                .setHeader("Content-Type", "application/json")
                .body(body);
        for (String line : headerLines) {
            answer.addHeader(line);
        }
        return answer.build();
    }

    /** A whole stream, each {@code size} bytes in a chunk of their own. */
    public static MockResponse stream(byte[] events, int size) {
        return new MockResponse.Builder()
                .setHeader("Content-Type", "text/event-stream; charset=utf-8")
                .chunkedBody(new Buffer().write(events), size)
                .build();
    }

    /** A whole stream in one chunk. */
    public static MockResponse stream(byte[] events) {
        return stream(events, events.length);
    }

    /** No answer, for as long as the connection lives. */
    public static MockResponse silence() {
        return new MockResponse.Builder()
                .onResponseStart(SocketEffect.Stall.INSTANCE)
                .build();
    }

    /** The same, so many bytes at a time. */
    public static MockResponse inPieces(MockResponse whole, int size) {
        return whole.newBuilder().throttleBody(size, 1, TimeUnit.MILLISECONDS).build();
    }

    /** The same, and the connection ends in the middle of it. */
    public static MockResponse broken(MockResponse whole) {
        return whole.newBuilder().onResponseBody(new SocketEffect.CloseSocket()).build();
    }

    @Override
    public void close() {
        server.close();
    }

    /** Sockets whose second write waits for no acknowledgement of the first: an answer is its head and its body, 40 ms apart else. */
    private static final class AtOnce extends ServerSocketFactory {
        @Override
        public ServerSocket createServerSocket() throws IOException {
            return new ServerSocket() {
                @Override
                public Socket accept() throws IOException {
                    Socket accepted = super.accept();
                    accepted.setTcpNoDelay(true);
                    return accepted;
                }
            };
        }

        @Override
        public ServerSocket createServerSocket(int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog) {
            throw new UnsupportedOperationException();
        }

        @Override
        public ServerSocket createServerSocket(int port, int backlog, InetAddress address) {
            throw new UnsupportedOperationException();
        }
    }
}
