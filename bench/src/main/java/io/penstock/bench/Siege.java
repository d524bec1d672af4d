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
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whether a gateway with little memory keeps its word when everybody wants some at once: the fat jar at the README's flags
 * ({@code -Xmx64m}) gets large bodies that must be translated, readers that take nothing of a stream, and streams of one huge
 * event, while a small request goes out every 10 ms:
 *
 * <pre>{@code java -cp bench/target/benchmarks.jar io.penstock.bench.Siege [--bodies 200] [--readers 3000] [--streams 20] [--processors 8]}</pre>
 *
 * Prints what became of each kind, and fails if a client got an empty reply, memory ran out, or a provider was blamed. {@code
 * --processors} tells the JVM of more cores than there are, and with them more event loops.
 */
public final class Siege {
    private static final int BODY_BYTES = 7_600_000;
    private static final int BODY_CLIENTS = 16;
    private static final int EVENT_BYTES = 10 * 1024 * 1024;
    private static final String READERS_SCRIPT =
            "[[128 0 1024]] "; // more than the sockets' buffers hold, and not so much that the kernel has none
    private static final int READER_BUFFER_BYTES = 4 * 1024;
    private static final int READER_SEGMENT_BYTES =
            536; // else the kernel takes megabytes for each, and its own memory ends first
    private static final ChannelOption<Integer> MAXSEG = new IntegerUnixChannelOption("TCP_MAXSEG", 6, 2); // tcp(7)
    private static final int READERS_AT_ONCE = 20;
    private static final int SMALL_EVERY_MILLIS = 10;
    private static final int SMALL_CONNECTIONS_MAX = 64;
    private static final int START_BYTES = 600; // of an answer, to tell what it is
    private static final long SECONDS_MAX = 120;
    private static final int WARM_SECONDS =
            5; // of small requests alone, which do not count: a JVM that has just begun is slow

    private static final String CHAT = "/openai/v1/chat/completions";
    private static final String MESSAGES = "/anthropic/v1/messages";

    private final EventLoop loop;
    private final int port;
    private final Map<String, Map<String, Integer>> outcomes = new TreeMap<>(); // by kind; the loop's
    private final List<Connection> readers = new ArrayList<>();
    private final ArrayDeque<Connection> idleSmall = new ArrayDeque<>();
    private final CountDownLatch done;
    private int[] smallMicros = new int[1 << 14];
    private int smalls;
    private int smallConnections;
    private boolean over;

    private Siege(EventLoop loop, int port, int waitedFor) {
        this.loop = loop;
        this.port = port;
        this.done = new CountDownLatch(waitedFor);
    }

    public static void main(String[] arguments) throws Exception {
        Lab.prepare();
        Locale.setDefault(Locale.ROOT);
        int bodies = 200;
        int readers = 3_000;
        int streams = 20;
        int processors = 0;
        boolean kept = false;
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--bodies" -> bodies = Integer.parseInt(arguments[++i]);
                case "--readers" -> readers = Integer.parseInt(arguments[++i]);
                case "--streams" -> streams = Integer.parseInt(arguments[++i]);
                case "--processors" -> processors = Integer.parseInt(arguments[++i]);
                case "--keep" -> kept = true;
                default ->
                    throw new IllegalArgumentException(arguments[i]
                            + " (expected: --bodies, --readers, --streams, --processors <number>, or --keep)");
            }
        }
        Path directory = Files.createTempDirectory("penstock-siege");
        boolean well = false;
        try {
            well = run(directory, bodies, readers, streams, processors);
        } finally {
            if (kept) {
                System.out.println("Kept: " + directory);
            } else {
                EndToEnd.delete(directory);
            }
        }
        System.exit(well ? 0 : 1);
    }

    private static boolean run(Path directory, int bodies, int readers, int streams, int processors) throws Exception {
        Path jar = Path.of("server", "target", "penstock.jar");
        if (!EndToEnd.runnable(jar)) {
            throw new IllegalStateException(
                    jar + " is not there (expected: built, and called from the project's root)");
        }
        Path log = directory.resolve("log");
        Path gatewayLog = directory.resolve("gateway.log");
        int port = EndToEnd.freePort();
        EventLoopGroup group = Loops.one();
        try (Child provider = Child.java(List.of("-Xmx2g", "-XX:+UseSerialGC"), ScriptedProvider.class, log)) {
            int providerPort = Integer.parseInt(provider.read("port"));
            Path config = Files.writeString(
                    directory.resolve("penstock.yaml"), Lab.yaml(port, providerPort, directory.resolve("data")));
            List<String> command = new ArrayList<>(List.of(Child.javaCommand()));
            command.addAll(EndToEnd.SMALL);
            if (processors > 0) {
                command.add("-XX:ActiveProcessorCount=" + processors);
            }
            command.addAll(List.of("-jar", jar.toString(), "serve", "--config", config.toString()));
            try (Child gateway = Child.start(command, gatewayLog)) {
                EndToEnd.awaitPort(gateway, port);
                Siege siege = new Siege(group.next(), port, bodies + streams);
                System.out.println(EndToEnd.machine() + "\n");
                siege.besiege(new Bodies(directory), bodies, readers, streams);
                boolean alive = gateway.alive();
                String metrics = alive ? get(port, "/metrics") : "";
                String ready = alive ? get(port, "/readyz").strip() : "dead";
                long resident = gateway.residentMib();
                siege.releaseReaders();
                return siege.report(metrics, ready, resident, Files.readString(gatewayLog, StandardCharsets.UTF_8));
            }
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }

    private static String get(int port, String path) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                                .build(),
                        HttpResponse.BodyHandlers.ofString())
                .body();
    }

    private void besiege(Bodies bodies, int translated, int readerCount, int streams)
            throws IOException, InterruptedException {
        ByteBuf small = request(CHAT, Files.readAllBytes(bodies.small()));
        ByteBuf body = request(MESSAGES, Files.readAllBytes(bodies.asMessages(bodies.large(BODY_BYTES))));
        byte[] reading = scripted(bodies, READERS_SCRIPT);
        byte[] huge = scripted(bodies, "[[1 0 " + EVENT_BYTES + "]] ");
        ByteBuf readerRequest = request(CHAT, reading);
        ByteBuf streamRequest = request(CHAT, huge);
        ByteBuf streamTranslated = request(MESSAGES, huge);
        loop.execute(() -> smallTick(small));
        TimeUnit.SECONDS.sleep(WARM_SECONDS);
        long began = System.nanoTime();
        loop.execute(() -> {
            outcomes.clear();
            smalls = 0;
            readers(readerRequest, readerCount);
            for (int client = 0; client < BODY_CLIENTS; client++) {
                bodies(body, translated / BODY_CLIENTS + (client < translated % BODY_CLIENTS ? 1 : 0));
            }
            for (int i = 0; i < streams; i++) {
                boolean anew = i % 2 == 1;
                new Connection(
                        anew ? "stream of a huge event, translated" : "stream of a huge event",
                        anew ? streamTranslated : streamRequest,
                        0,
                        done::countDown);
            }
        });
        if (!done.await(SECONDS_MAX, TimeUnit.SECONDS)) {
            System.out.println("After " + SECONDS_MAX + " s " + done.getCount() + " requests had no end.");
        }
        System.out.printf("Took %.1f s.%n%n", (System.nanoTime() - began) / 1e9);
    }

    /** A few at a time: the kernel's queue of connections that wait to be accepted is short, and what it drops comes late. */
    private void readers(ByteBuf request, int left) {
        for (int i = 0; i < Math.min(left, READERS_AT_ONCE); i++) {
            readers.add(new Connection("reader that takes nothing", request, READER_BUFFER_BYTES, null));
        }
        if (left > READERS_AT_ONCE) {
            loop.schedule(() -> readers(request, left - READERS_AT_ONCE), SMALL_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    private void bodies(ByteBuf body, int left) {
        if (left > 0) {
            new Connection("large body, translated", body, 0, () -> {
                done.countDown();
                bodies(body, left - 1);
            });
        }
    }

    private static byte[] scripted(Bodies bodies, String script) throws IOException {
        return Files.readString(bodies.small())
                .replace("\"stream\":false", "\"stream\":true")
                .replaceFirst("\"content\":\"", "\"content\":\"" + script.replace("[", "\\["))
                .getBytes(StandardCharsets.UTF_8);
    }

    private ByteBuf request(String path, byte[] body) {
        byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: Bearer "
                        + Lab.KEY + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        return Unpooled.unreleasableBuffer(Unpooled.directBuffer(head.length + body.length)
                .writeBytes(head)
                .writeBytes(body)
                .asReadOnly());
    }

    // ---- small requests, at a fixed rate

    private void smallTick(ByteBuf request) {
        if (over) {
            return;
        }
        Connection free = idleSmall.poll();
        if (free != null) {
            free.send();
        } else if (smallConnections < SMALL_CONNECTIONS_MAX) {
            smallConnections++;
            new Connection("small request", request, 0, null);
        } else {
            count("small request", "put off: all connections wait");
        }
        loop.schedule(() -> smallTick(request), SMALL_EVERY_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void small(Connection connection, boolean lives, long micros) {
        if (smalls == smallMicros.length) {
            smallMicros = Arrays.copyOf(smallMicros, smalls * 2);
        }
        smallMicros[smalls++] = (int) micros;
        if (lives) {
            idleSmall.push(connection);
        } else {
            smallConnections--;
        }
    }

    // ---- the end

    private void releaseReaders() throws InterruptedException {
        CountDownLatch read = new CountDownLatch(1);
        loop.submit(() -> {
                    over = true;
                    for (Connection reader : readers) {
                        if (reader.channel != null) {
                            reader.channel.config().setAutoRead(true);
                        }
                    }
                })
                .syncUninterruptibly();
        for (int i = 0; i < 600; i++) {
            boolean all = loop.submit(() -> readers.stream().noneMatch(reader -> reader.busy))
                    .syncUninterruptibly()
                    .getNow();
            if (all || read.await(100, TimeUnit.MILLISECONDS)) {
                break;
            }
        }
        loop.submit(() -> {
                    for (Connection reader : readers) {
                        if (reader.busy) {
                            count(reader.kind, "no end");
                        }
                    }
                })
                .syncUninterruptibly();
    }

    private void count(String kind, String outcome) {
        outcomes.computeIfAbsent(kind, any -> new TreeMap<>()).merge(outcome, 1, Integer::sum);
    }

    private boolean report(String metrics, String ready, long residentMib, String log) {
        System.out.println("| what | outcome | count |\n|---|---|---|");
        long empty = 0;
        for (Map.Entry<String, Map<String, Integer>> kind : outcomes.entrySet()) {
            for (Map.Entry<String, Integer> outcome : kind.getValue().entrySet()) {
                System.out.printf("| %s | %s | %,d |%n", kind.getKey(), outcome.getKey(), outcome.getValue());
                if (outcome.getKey().startsWith("empty")) {
                    empty += outcome.getValue();
                }
            }
        }
        Arrays.sort(smallMicros, 0, smalls);
        System.out.printf(
                "%nSmall requests: %,d, p50 %,.1f ms, p99 %,.1f ms, worst %,.1f ms%n",
                smalls,
                smalls == 0 ? 0 : smallMicros[smalls / 2] / 1e3,
                smalls == 0 ? 0 : smallMicros[(int) (smalls * 0.99)] / 1e3,
                smalls == 0 ? 0 : smallMicros[smalls - 1] / 1e3);
        long memory = log.lines()
                .filter(line -> line.contains("OutOfMemory") || line.contains("OutOfDirectMemory"))
                .count();
        double blamed = metrics.lines()
                .filter(line -> line.startsWith("penstock_attempts_total{") && line.contains("outcome=\"failed\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
                .sum();
        System.out.printf(
                "Empty replies: %,d; lines about memory that ran out: %,d; attempts blamed on the provider: %,.0f; ready: %s;"
                        + " resident: %d MiB%n",
                empty, memory, blamed, ready, residentMib);
        return empty == 0 && memory == 0 && blamed == 0 && ready.equals("ok");
    }

    /** One connection: one request after the other if it is for small ones, else one alone. */
    private final class Connection extends ChannelInboundHandlerAdapter {
        private final String kind;
        private final ByteBuf request;
        private final @Nullable Runnable next;
        private final boolean small;
        private final StringBuilder start = new StringBuilder();
        private @Nullable Channel channel;
        private long tail; // the last eight bytes
        private long bytes;
        private long length; // of head and body; -1: not known
        private boolean saidWhy;
        private boolean busy = true;
        private long sentNanos;

        Connection(String kind, ByteBuf request, int bufferBytes, @Nullable Runnable next) {
            this.kind = kind;
            this.request = request;
            this.next = next;
            this.small = kind.startsWith("small");
            Bootstrap bootstrap = new Bootstrap()
                    .group(loop)
                    .channel(Loops.socket())
                    .option(ChannelOption.TCP_NODELAY, true)
                    .option(ChannelOption.AUTO_READ, bufferBytes == 0)
                    .handler(new ChannelInitializer<Channel>() {
                        @Override
                        protected void initChannel(Channel it) {
                            it.pipeline().addLast(Connection.this);
                        }
                    });
            if (bufferBytes > 0) {
                bootstrap.option(ChannelOption.SO_RCVBUF, bufferBytes);
                if (Epoll.isAvailable()) {
                    bootstrap.option(MAXSEG, READER_SEGMENT_BYTES);
                }
            }
            bootstrap.connect("127.0.0.1", port).addListener((ChannelFuture connected) -> {
                if (connected.isSuccess()) {
                    channel = connected.channel();
                    send();
                } else {
                    end("no connection", false);
                }
            });
        }

        void send() {
            busy = true;
            start.setLength(0);
            tail = 0;
            bytes = 0;
            length = -1;
            saidWhy = false;
            sentNanos = System.nanoTime();
            Channel to = channel;
            if (to != null) {
                to.writeAndFlush(request.duplicate());
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf read = (ByteBuf) message;
            int to = read.writerIndex();
            int from = read.readerIndex();
            bytes += to - from;
            if (start.length() < START_BYTES) {
                start.append(read.toString(from, Math.min(to - from, START_BYTES), StandardCharsets.ISO_8859_1));
                int head = start.indexOf("\r\n\r\n");
                int field = start.toString().toLowerCase(Locale.ROOT).indexOf("\r\ncontent-length: ") + 2;
                if (field > 1 && field < head) {
                    length = head + 4 + Long.parseLong(start.substring(field + 16, start.indexOf("\r", field)));
                }
            }
            for (int i = Math.max(from, to - 8); i < to; i++) {
                tail = tail << 8 | read.getByte(i) & 0xFF;
            }
            if (!saidWhy && to - from < 4_096) {
                String text = read.toString(StandardCharsets.ISO_8859_1);
                saidWhy = text.contains("\"error\"");
                if (saidWhy && length < 0) {
                    start.append(text);
                }
            }
            read.release();
            if (length >= 0 && bytes >= length || (tail & 0xFF_FFFF_FFFFL) == 0x30_0D0A_0D0AL) {
                end(outcome(), !start.toString().contains("onnection: close"));
            }
        }

        private String outcome() {
            if (bytes == 0) {
                return "empty reply";
            }
            String status = start.length() < 12 ? "?" : start.substring(9, 12);
            int message = start.indexOf("\"message\":\"");
            if (message < 0) {
                return status;
            }
            int stop = start.indexOf("\"", message + 11);
            String words = start.substring(message + 11, stop < 0 ? start.length() : stop);
            return status + " "
                    + words.substring(0, Math.min(words.length(), 90)).replaceAll("[0-9]{3,}", "N");
        }

        private void end(String outcome, boolean lives) {
            if (!busy) {
                return;
            }
            busy = false;
            Channel it = channel;
            if (it != null && (!small || !lives)) {
                it.close();
            }
            count(kind, outcome);
            if (small) {
                small(this, lives, (System.nanoTime() - sentNanos) / 1_000);
            }
            if (next != null) {
                next.run();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            String told = outcome();
            end(bytes == 0 || saidWhy ? told : told + ", cut without a word", false);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
