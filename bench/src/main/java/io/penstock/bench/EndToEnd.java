package io.penstock.bench;

import io.penstock.bench.LoadClient.Load;
import io.penstock.bench.LoadClient.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a request and a chunk cost end to end, beside a direct connection and, where it is installed, nginx:
 *
 * <pre>{@code java -cp bench/target/benchmarks.jar io.penstock.bench.EndToEnd [--nginx] [--garbage] [--seconds 3] [--rounds 3]}</pre>
 *
 * Provider, client and gateways are processes of their own on loopback, so that CPU time is the gateway's alone; rounds are
 * interleaved, and the median of them is shown. "Translating" is the same gateway asked in Anthropic's protocol, which the
 * provider does not speak. CPU per request falls as load rises (one wake-up serves more), so compare
 * inside one run. {@code --garbage} instead counts what the event loops allocate.
 */
public final class EndToEnd {
    private static final String GATEWAY_PATH = "/openai/v1/chat/completions";
    private static final String TRANSLATED_PATH = "/anthropic/v1/messages";
    private static final String PROVIDER_PATH = "/v1/chat/completions";
    private static final int CHUNKS = 200;
    private static final int HELD = 100;
    private static final int HELD_MILLIS = 20;
    static final List<String> FLAGS = List.of("-Xmx256m", "-XX:+UseSerialGC");

    /** The README's flags for a small footprint. */
    static final List<String> SMALL = List.of(
            "-XX:+UseSerialGC",
            "-Xms16m",
            "-Xmx64m",
            "-Xmn8m",
            "-Xss256k",
            "-XX:ReservedCodeCacheSize=32m",
            "-XX:InlineSmallCode=500",
            "-XX:FreqInlineSize=100",
            "-XX:-UsePerfData");

    /** One kind of load; CPU is told per request, or per chunk where there are chunks. */
    private enum Scenario {
        RATE("1 KB request, 1,000/s", 0, 0, 16, 1_000),
        CLOSED("1 KB request, 64 at a time", 0, 0, 64, 0),
        AGENT("300 KB request, 8 at a time", 0, 0, 8, 0),
        BURST("chunk of a burst of 200, 16 streams", CHUNKS, 0, 16, 0),
        HOLD("lone chunk, 100 streams, 20 ms apart", CHUNKS, HELD_MILLIS, HELD, 0);

        final String text;
        final int chunks;
        final int chunkMillis;
        final int connections;
        final int perSecond;

        Scenario(String text, int chunks, int chunkMillis, int connections, int perSecond) {
            this.text = text;
            this.chunks = chunks;
            this.chunkMillis = chunkMillis;
            this.connections = connections;
            this.perSecond = perSecond;
        }

        Path body(Bodies bodies) {
            return this == AGENT ? bodies.agent() : chunks > 0 ? bodies.stream(chunks, chunkMillis) : bodies.small();
        }

        Load load(Contender to, Bodies bodies, int millis) {
            boolean translated = to.path.equals(TRANSLATED_PATH);
            int more = translated ? Bodies.MORE_EVENTS_AS_MESSAGES : Bodies.MORE_EVENTS;
            Path chat = body(bodies);
            return new Load(
                    to.port,
                    to.path,
                    Lab.KEY,
                    (translated ? bodies.asMessages(chat) : chat).toString(),
                    chunks == 0 ? 0 : chunks + more,
                    connections,
                    perSecond,
                    this == HOLD ? connections : 0,
                    this == HOLD ? 1_000 : millis);
        }
    }

    /** Who answers; {@code process} is null for the provider itself. */
    private static final class Contender implements AutoCloseable {
        final String name;
        final int port;
        final String path;
        final @Nullable Child process;
        final Map<Scenario, List<Sample>> samples = new EnumMap<>(Scenario.class);

        Contender(String name, int port, String path, @Nullable Child process) {
            this.name = name;
            this.port = port;
            this.path = path;
            this.process = process;
        }

        @Override
        public void close() {
            if (process != null) {
                process.close();
            }
        }
    }

    private record Sample(double cpuMicros, double compilerShare, long p50Micros, long p99Micros, double perSecond) {}

    private final Path directory;
    private final Path log;
    private final int millis;
    private final int rounds;
    private final Bodies bodies;
    private final Child provider;
    private final int providerPort;
    private final Child client;

    private EndToEnd(Path directory, int millis, int rounds) {
        this.directory = directory;
        this.log = directory.resolve("log");
        this.millis = millis;
        this.rounds = rounds;
        this.bodies = new Bodies(directory);
        this.provider = Child.java(FLAGS, ScriptedProvider.class, log);
        this.providerPort = Integer.parseInt(provider.read("port"));
        this.client = Child.java(FLAGS, LoadClient.class, log);
        client.read("ready");
    }

    public static void main(String[] arguments) throws IOException {
        Lab.prepare();
        Locale.setDefault(Locale.ROOT);
        boolean nginx = false;
        boolean garbage = false;
        int seconds = 3;
        int rounds = 3;
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--nginx" -> nginx = true;
                case "--garbage" -> garbage = true;
                case "--seconds" -> seconds = number(arguments, ++i);
                case "--rounds" -> rounds = number(arguments, ++i);
                default -> {
                    System.err.println("found " + arguments[i]
                            + ", expected [--nginx] [--garbage] [--seconds 1..60] [--rounds 1..20]");
                    return;
                }
            }
        }
        Path directory = Files.createTempDirectory("penstock-bench");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(directory)));
        EndToEnd run = new EndToEnd(directory, 1_000 * Math.min(60, seconds), Math.min(20, rounds));
        try {
            System.out.println(machine());
            System.out.println();
            if (garbage) {
                run.garbage();
            } else {
                run.compare(nginx);
            }
        } finally {
            run.client.close();
            run.provider.close();
        }
    }

    private static int number(String[] arguments, int at) {
        return Math.max(1, Integer.parseInt(at < arguments.length ? arguments[at] : ""));
    }

    private void garbage() throws IOException {
        Path data = Files.createDirectory(directory.resolve("garbage"));
        Garbage.Bytes bytes = new Garbage(client, bodies, millis).measure(providerPort, data);
        System.out.println("| garbage on the event loop | bytes |\n|---|---|");
        System.out.printf("| per small plain request | %,.0f |%n", bytes.request());
        System.out.printf("| per stream, without its chunks | %,.0f |%n", bytes.stream());
        System.out.printf("| per chunk of a burst | %.1f |%n", bytes.burstChunk());
        System.out.printf("| per lone chunk | %.1f |%n", bytes.loneChunk());
    }

    // ---- comparing

    private void compare(boolean withNginx) throws IOException {
        List<Contender> all = new ArrayList<>();
        try {
            all.add(new Contender("direct", providerPort, PROVIDER_PATH, null));
            Contender anchor = withNginx ? nginx() : null;
            if (anchor != null) {
                all.add(anchor);
            }
            Contender own = penstock();
            all.add(own);
            all.add(new Contender("Penstock, translating", own.port, TRANSLATED_PATH, own.process));
            for (Contender contender : all) {
                warm(contender);
            }
            for (int round = 0; round < rounds; round++) {
                for (Scenario scenario : Scenario.values()) {
                    for (Contender contender : all) {
                        contender
                                .samples
                                .computeIfAbsent(scenario, none -> new ArrayList<>())
                                .add(sample(contender, scenario));
                    }
                }
            }
            print(all, anchor);
        } finally {
            all.forEach(Contender::close);
        }
    }

    private void warm(Contender contender) {
        int turns = contender.process == null || contender.name.equals("nginx") ? 1 : 4; // a JVM compiles first
        for (int i = 0; i < turns; i++) {
            for (Scenario scenario : Scenario.values()) {
                if (scenario != Scenario.HOLD || i == 0) {
                    sample(contender, scenario);
                }
            }
        }
    }

    private Sample sample(Contender contender, Scenario scenario) {
        Child process = contender.process;
        long compiler = process == null ? 0 : compilerNanos(process);
        long cpu = process == null ? 0 : process.cpuNanos();
        Outcome outcome = LoadClient.run(client, scenario.load(contender, bodies, millis));
        cpu = process == null ? 0 : process.cpuNanos() - cpu;
        compiler = process == null ? 0 : compilerNanos(process) - compiler;
        if (outcome.errors() > 0 || outcome.requests() == 0) {
            throw new IllegalStateException(contender.name + ", " + scenario.text + ": " + outcome.errors()
                    + " answers were not whole of " + outcome.requests());
        }
        double units = (double) outcome.requests() * Math.max(1, scenario.chunks);
        return new Sample(
                cpu / 1e3 / units,
                cpu == 0 ? 0 : (double) compiler / cpu,
                outcome.p50Micros(),
                outcome.p99Micros(),
                units * 1e9 / outcome.nanos());
    }

    private static long compilerNanos(Child process) {
        return process.threadNanos("C2 Compiler") + process.threadNanos("C1 Compiler");
    }

    private static void print(List<Contender> all, @Nullable Contender anchor) {
        System.out.println("| load | through | CPU µs | × nginx | JIT | p50 µs | p99 µs | per second |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (Scenario scenario : Scenario.values()) {
            for (Contender contender : all) {
                Sample it = median(contender, scenario);
                String cpu = contender.process == null ? "" : String.format("%.1f", it.cpuMicros());
                String ratio = anchor == null || contender.process == null
                        ? ""
                        : String.format(
                                "%.2f",
                                it.cpuMicros() / median(anchor, scenario).cpuMicros());
                String compiler = it.compilerShare() < 0.005 ? "" : String.format("%.0f %%", 100 * it.compilerShare());
                System.out.printf(
                        "| %s | %s | %s | %s | %s | %,d | %,d | %,.0f |%n",
                        scenario.text,
                        contender.name,
                        cpu,
                        ratio,
                        compiler,
                        it.p50Micros(),
                        it.p99Micros(),
                        it.perSecond());
            }
        }
        System.out.println("\nCPU µs: of the gateway's process, per request or chunk. Latencies: of whole answers.");
        for (Contender contender : all) {
            if (contender.process != null && !contender.path.equals(TRANSLATED_PATH)) {
                System.out.println(
                        "Resident at the end, " + contender.name + ": " + contender.process.residentMib() + " MiB");
            }
        }
    }

    private static Sample median(Contender contender, Scenario scenario) {
        List<Sample> sorted = new ArrayList<>(contender.samples.getOrDefault(scenario, List.of()));
        sorted.sort(Comparator.comparingDouble(Sample::cpuMicros));
        return sorted.get(sorted.size() / 2);
    }

    // ---- contenders

    /** The built jar where it is whole, else the same gateway from this class path. */
    private Contender penstock() throws IOException {
        Path data = Files.createDirectory(directory.resolve("data"));
        Path jar = Path.of("server", "target", "penstock.jar");
        if (!runnable(jar)) {
            Child child = Child.java(FLAGS, Lab.class, log, Integer.toString(providerPort), data.toString());
            return new Contender("Penstock", Integer.parseInt(child.read("port")), GATEWAY_PATH, child);
        }
        int port = freePort();
        Path config = Files.writeString(directory.resolve("penstock.yaml"), Lab.yaml(port, providerPort, data));
        List<String> command = new ArrayList<>(List.of(Child.javaCommand()));
        command.addAll(SMALL);
        command.addAll(List.of("-jar", jar.toString(), "serve", "--config", config.toString()));
        Child child = Child.start(command, log);
        awaitPort(child, port);
        return new Contender("Penstock", port, GATEWAY_PATH, child);
    }

    static boolean runnable(Path jar) throws IOException {
        if (!Files.exists(jar)) {
            return false;
        }
        try (JarFile file = new JarFile(jar.toFile())) {
            return file.getEntry("io/penstock/cli/Main.class") != null;
        }
    }

    private @Nullable Contender nginx() throws IOException {
        Path home = Files.createDirectory(directory.resolve("nginx"));
        int port = freePort();
        Path config = Files.writeString(home.resolve("nginx.conf"), """
                daemon off;
                master_process off;
                error_log %1$s/error.log warn;
                pid %1$s/nginx.pid;
                events { worker_connections 4096; }
                http {
                    access_log off;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    keepalive_timeout 300s;
                    keepalive_requests 100000000;
                    client_max_body_size 64m;
                    client_body_buffer_size 1m;
                    tcp_nodelay on;
                    upstream llm {
                        server 127.0.0.1:%2$d;
                        keepalive 4096;
                        keepalive_requests 100000000;
                        keepalive_timeout 300s;
                    }
                    server {
                        listen 127.0.0.1:%3$d backlog=4096;
                        location / {
                            proxy_pass http://llm;
                            proxy_http_version 1.1;
                            proxy_set_header Connection "";
                            proxy_set_header Authorization "Bearer sk-upstream";
                            proxy_buffering off;
                            proxy_request_buffering off;
                            proxy_read_timeout 600s;
                        }
                    }
                }
                """.formatted(home, providerPort, port));
        try {
            Child child = Child.start(
                    List.of("nginx", "-p", home + "/", "-e", home + "/error.log", "-c", config.toString()), log);
            awaitPort(child, port);
            return new Contender("nginx", port, PROVIDER_PATH, child);
        } catch (UncheckedIOException | IllegalStateException absent) {
            System.out.println("without nginx: " + absent.getMessage() + "\n");
            return null;
        }
    }

    // ---- odds and ends

    static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    static void awaitPort(Child child, int port) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (child.alive() && System.nanoTime() - deadline < 0) {
            try (Socket socket = new Socket()) {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 100);
                return;
            } catch (IOException notYet) {
                Thread.onSpinWait();
            }
        }
        throw new IllegalStateException("nobody listens on port " + port);
    }

    static String machine() {
        String cpu = "";
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            cpu = lines.filter(line -> line.startsWith("model name"))
                    .findFirst()
                    .map(line -> ", " + line.substring(line.indexOf(':') + 1).strip())
                    .orElse("");
        } catch (IOException | UncheckedIOException notLinux) {
            // then without it
        }
        return LocalDate.now(ZoneOffset.UTC) + ", " + Runtime.getRuntime().availableProcessors() + " cores" + cpu + ", "
                + System.getProperty("os.name") + " " + System.getProperty("os.arch") + ", Java " + Runtime.version()
                + ", load average "
                + String.format(
                        "%.1f",
                        java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                                .getSystemLoadAverage());
    }

    static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException | UncheckedIOException inUse) {
            System.err.println("left behind: " + directory);
        }
    }
}
