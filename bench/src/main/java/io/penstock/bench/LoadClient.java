package io.penstock.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The client of a load run, in a process of its own: for each {@link Load} on standard input it makes the requests, checks
 * that every answer is whole, and prints one line of {@link Outcome}. Ends when standard input does.
 */
public final class LoadClient {
    private static final int CONNECTIONS_MAX = 512; // of a fixed rate
    private static final long TICK_MICROS = 500;

    private LoadClient() {}

    /** Has a client process do this. Blocks. */
    static Outcome run(Child client, Load load) {
        return Outcome.of(client.ask(load.line(), "result"));
    }

    /**
     * What to do.
     *
     * @param events SSE events that each answer must have; 0 for plain answers
     * @param connections as many requests at a time; with a rate, what is open at first
     * @param perSecond a fixed rate, answers late or not; 0: a new request as soon as one was answered
     * @param requests at most so many; 0: as many as time allows
     * @param millis for so long; with {@code requests}, they are spread over it
     */
    record Load(
            int port,
            String path,
            String key,
            String body,
            int events,
            int connections,
            int perSecond,
            int requests,
            int millis) {
        String line() {
            return String.join(
                    " ",
                    Integer.toString(port),
                    path,
                    key,
                    body,
                    Integer.toString(events),
                    Integer.toString(connections),
                    Integer.toString(perSecond),
                    Integer.toString(requests),
                    Integer.toString(millis));
        }

        static Load of(String line) {
            String[] f = line.split(" ", -1);
            return new Load(
                    Integer.parseInt(f[0]),
                    f[1],
                    f[2],
                    f[3],
                    Integer.parseInt(f[4]),
                    Integer.parseInt(f[5]),
                    Integer.parseInt(f[6]),
                    Integer.parseInt(f[7]),
                    Integer.parseInt(f[8]));
        }
    }

    /** What came of it; latencies count from when the request was due. */
    record Outcome(long requests, long errors, long p50Micros, long p99Micros, long nanos) {
        String line() {
            return "result " + requests + " " + errors + " " + p50Micros + " " + p99Micros + " " + nanos;
        }

        static Outcome of(String line) {
            String[] f = line.split(" ", -1);
            return new Outcome(
                    Long.parseLong(f[0]),
                    Long.parseLong(f[1]),
                    Long.parseLong(f[2]),
                    Long.parseLong(f[3]),
                    Long.parseLong(f[4]));
        }
    }

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Lab.quietLogs();
        EventLoopGroup group = Loops.one();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        System.out.println("ready to load");
        for (String line; (line = commands.readLine()) != null; ) {
            System.out.println(new Run(group, Load.of(line)).outcome().line());
        }
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /** One load; its fields belong to the event loop. */
    private static final class Run {
        private final EventLoop loop;
        private final Bootstrap bootstrap;
        private final Load load;
        private final ByteBuf request;
        private final CountDownLatch done = new CountDownLatch(1);
        private final ArrayDeque<Connection> idle = new ArrayDeque<>();
        private final ArrayDeque<Long> due = new ArrayDeque<>();
        private final List<Connection> all = new ArrayList<>();
        private int[] micros = new int[1 << 14];
        private int answered;
        private int begun;
        private int errors;
        private int connecting;
        private long startNanos;
        private long lastNanos;
        private boolean over;

        Run(EventLoopGroup group, Load load) throws IOException {
            this.loop = group.next();
            this.load = load;
            byte[] body = Files.readAllBytes(Path.of(load.body()));
            byte[] head = ("POST " + load.path() + " HTTP/1.1\r\nHost: 127.0.0.1:" + load.port()
                            + "\r\nAuthorization: Bearer " + load.key()
                            + "\r\nUser-Agent: OpenAIClientImpl/Java 4.100.0\r\nAccept: application/json\r\n"
                            + "X-Stainless-Lang: java\r\nX-Stainless-OS: Linux\r\nX-Stainless-Retry-Count: 0\r\n"
                            + "Content-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII);
            this.request = Unpooled.unreleasableBuffer(Unpooled.directBuffer(head.length + body.length)
                    .writeBytes(head)
                    .writeBytes(body)
                    .asReadOnly());
            this.bootstrap = new Bootstrap()
                    .group(loop)
                    .channel(Loops.socket())
                    .option(ChannelOption.TCP_NODELAY, true)
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel channel) {}
                    });
        }

        Outcome outcome() throws InterruptedException {
            loop.execute(this::start);
            boolean ended = done.await(load.millis() + 30_000L, TimeUnit.MILLISECONDS);
            loop.submit(this::close).syncUninterruptibly();
            int count = Math.min(answered, micros.length);
            Arrays.sort(micros, 0, count);
            return new Outcome(
                    answered,
                    errors + (ended ? 0 : 1),
                    count == 0 ? 0 : micros[count / 2],
                    count == 0 ? 0 : micros[(int) (count * 0.99)],
                    lastNanos - startNanos);
        }

        private void start() {
            startNanos = System.nanoTime();
            lastNanos = startNanos;
            for (int i = 0; i < load.connections(); i++) {
                connect();
            }
            if (paced()) {
                tick();
            }
        }

        private boolean paced() {
            return load.perSecond() > 0 || load.requests() > 0;
        }

        /** Makes what is due by now. */
        private void tick() {
            long now = System.nanoTime();
            double passed = (now - startNanos) / 1e9;
            long wanted = load.perSecond() > 0
                    ? (long) (Math.min(passed, load.millis() / 1e3) * load.perSecond())
                    : (long) Math.min(load.requests(), 1 + passed * 1e3 / load.millis() * load.requests());
            for (; begun < wanted; begun++) {
                due.add(now);
            }
            while (!due.isEmpty() && !idle.isEmpty()) {
                idle.pop().send(due.pop());
            }
            if (!due.isEmpty() && connecting == 0 && all.size() < CONNECTIONS_MAX) {
                connect();
            }
            over = passed * 1e3 >= load.millis();
            finishIfOver();
            if (done.getCount() > 0) {
                loop.schedule(this::tick, TICK_MICROS, TimeUnit.MICROSECONDS);
            }
        }

        private void finishIfOver() {
            if (over && due.isEmpty() && idle.size() == all.size() && connecting == 0) {
                done.countDown();
            }
        }

        private void connect() {
            connecting++;
            bootstrap.connect("127.0.0.1", load.port()).addListener((ChannelFuture connected) -> {
                connecting--;
                if (!connected.isSuccess()) {
                    errors++;
                    over = true;
                    finishIfOver();
                    return;
                }
                Connection connection = new Connection(connected.channel());
                connected.channel().pipeline().addLast(connection);
                all.add(connection);
                if (paced()) {
                    idle.push(connection);
                } else {
                    connection.send(System.nanoTime());
                }
            });
        }

        private void close() {
            for (Connection connection : all) {
                connection.channel.close();
            }
        }

        private void answered(Connection connection, boolean whole, long dueNanos) {
            lastNanos = System.nanoTime();
            if (!whole) {
                errors++;
                over = true; // one is enough to spoil the figures
            }
            if (answered == micros.length) {
                micros = Arrays.copyOf(micros, answered * 2);
            }
            micros[answered++] = (int) ((lastNanos - dueNanos) / 1_000);
            over |= lastNanos - startNanos >= load.millis() * 1_000_000L && !paced();
            if (over && !paced()) {
                idle.push(connection);
                finishIfOver();
            } else if (!paced()) {
                connection.send(lastNanos);
            } else if (!due.isEmpty()) {
                connection.send(due.pop());
            } else {
                idle.push(connection);
                finishIfOver();
            }
        }

        /** One connection, one request at a time. */
        private final class Connection extends ChannelInboundHandlerAdapter {
            private final Channel channel;
            private final byte[] head = new byte[4 * 1024];
            private int headBytes;
            private boolean inBody;
            private boolean chunked;
            private long left;
            private long tail; // the last eight bytes
            private int events;
            private long dueNanos;
            private boolean busy;

            Connection(Channel channel) {
                this.channel = channel;
            }

            void send(long dueAtNanos) {
                dueNanos = dueAtNanos;
                busy = true;
                inBody = false;
                headBytes = 0;
                events = 0;
                channel.writeAndFlush(request.duplicate(), channel.voidPromise());
            }

            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                ByteBuf bytes = (ByteBuf) message;
                try {
                    int i = bytes.readerIndex();
                    int to = bytes.writerIndex();
                    if (!inBody) {
                        i = head(bytes, i, to);
                    }
                    if (inBody && busy) {
                        body(bytes, i, to);
                    }
                } finally {
                    bytes.release();
                }
            }

            private int head(ByteBuf bytes, int from, int to) {
                for (int i = from; i < to; i++) {
                    head[headBytes++] = bytes.getByte(i);
                    if (headBytes > 3
                            && head[headBytes - 1] == '\n'
                            && head[headBytes - 2] == '\r'
                            && head[headBytes - 3] == '\n') {
                        headDone();
                        return i + 1;
                    }
                }
                return to;
            }

            private void headDone() {
                String text = new String(head, 0, headBytes, StandardCharsets.ISO_8859_1).toLowerCase(Locale.ROOT);
                int length = text.indexOf("\r\ncontent-length:");
                inBody = true;
                tail = 0;
                chunked = length < 0;
                left = chunked
                        ? 0
                        : Long.parseLong(text.substring(length + 17, text.indexOf('\r', length + 17))
                                .strip());
                if (!text.startsWith("http/1.1 200") || chunked != (load.events() > 0)) {
                    end(false);
                }
            }

            private void body(ByteBuf bytes, int from, int to) {
                if (!chunked) {
                    left -= to - from;
                    if (left <= 0) {
                        end(left == 0);
                    }
                    return;
                }
                long last = tail;
                for (int i = from; i < to; i++) {
                    last = last << 8 | bytes.getByte(i) & 0xFF;
                    if ((last & 0xFFFF) == 0x0A0A) {
                        events++;
                    }
                }
                tail = last;
                if ((last & 0xFF_FFFF_FFFF_FFFFL) == 0x0D_0A30_0D0A_0D0AL) { // CRLF 0 CRLF CRLF
                    end(events == load.events());
                }
            }

            private void end(boolean whole) {
                busy = false;
                if (!whole) {
                    channel.close();
                }
                answered(this, whole, dueNanos);
            }

            @Override
            public void channelInactive(ChannelHandlerContext context) {
                if (busy) {
                    busy = false;
                    over = true;
                    answered(this, false, dueNanos);
                }
            }

            @Override
            public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
                context.close();
            }
        }
    }
}
