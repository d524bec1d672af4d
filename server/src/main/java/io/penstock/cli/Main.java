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
     * What Netty reads when its classes load. Its checks guard against buffers used after release or past their end by code
     * that is handed them; here no buffer leaves our own code, and the tests run with all checks and the leak detector on
     * its paranoid level. Whoever sets one of these keeps their setting.
     */
    private static void prepareNetty() {
        unlessSet("io.netty.buffer.checkBounds", "false");
        unlessSet("io.netty.buffer.checkAccessible", "false");
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
