package io.penstock.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The main class of {@code penstock.jar}. */
public final class Main {
    private static final long SMALL_HEAP_BYTES = 256L * 1024 * 1024; // Netty's direct memory is as large

    private Main() {}

    public static void main(String[] arguments) {
        prepareNetty();
        Terminal terminal = new Terminal(
                standard(FileDescriptor.out),
                standard(FileDescriptor.err),
                new FileOutputStream(FileDescriptor.err),
                System.getenv());
        int code = new CommandLineRun(terminal).run(arguments);
        Logs.flush();
        System.exit(code);
    }

    /**
     * What Netty reads when its classes load. The detector of leaks is for tests, where it runs on its paranoid level. Its checks
     * of bounds and of use after release stay on: they cost 20 to 50 ns of the 2.8 µs of a relayed chunk (CPU time, 2026-11-21,
     * 2 cores, SseScanBenchmark's chunks, three interleaved rounds), nothing that EndToEnd could tell from noise, and a fault of
     * ours then ends one exchange instead of sending another one's bytes. Whoever sets one of these keeps their setting.
     */
    private static void prepareNetty() {
        unlessSet("io.netty.leakDetection.level", "disabled");
        if (Runtime.getRuntime().maxMemory() <= SMALL_HEAP_BYTES) { // chunks of 1 MiB: those of 4 waste what there is
            unlessSet("io.netty.allocator.maxOrder", "7");
            unlessSet("io.netty.allocator.numDirectArenas", "2");
        }
    }

    private static void unlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /** UTF-8 whatever the locale says, for a terminal of today reads it also under {@code LANG=C}; not so on Windows. */
    private static PrintStream standard(FileDescriptor descriptor) {
        if (System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("windows")) {
            return descriptor == FileDescriptor.out ? System.out : System.err;
        }
        return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
    }
}
