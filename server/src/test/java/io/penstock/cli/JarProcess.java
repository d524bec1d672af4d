package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One process that runs {@code penstock.jar}, its output in files, so that a full pipe never stops it. */
final class JarProcess implements AutoCloseable {
    static final Path JAR = Path.of("target", "penstock.jar").toAbsolutePath();
    private static final long PATIENCE_SECONDS =
            240; // a guard against waiting for ever, on a machine with too much to do

    /** For the many JVMs that live some seconds: a quarter of the CPU time of a start is work for a long life. */
    private static final List<String> QUICK_START = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

    final Process process;
    private final Path outFile;
    private final Path errFile;

    private JarProcess(Process process, Path outFile, Path errFile) {
        this.process = process;
        this.outFile = outFile;
        this.errFile = errFile;
    }

    static JarProcess start(Path home, Map<String, String> environment, String... arguments) throws IOException {
        return start(List.of(), home, environment, arguments);
    }

    /** Starts it as a script's {@code cmd &} does. */
    static JarProcess ignoringInterrupts(Path home) throws IOException {
        return start(List.of("bash", "-c", "trap '' INT; exec \"$0\" \"$@\""), home, Map.of());
    }

    private static JarProcess start(
            List<String> before, Path home, Map<String, String> environment, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(QUICK_START);
        command.addAll(List.of("-Xmx128m", "-jar", JAR.toString()));
        command.addAll(List.of(arguments));
        Path outFile = Files.createTempFile(home, "out", ".txt");
        Path errFile = Files.createTempFile(home, "err", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(home.toFile())
                .redirectOutput(outFile.toFile())
                .redirectError(errFile.toFile());
        builder.environment()
                .keySet()
                .removeIf(name -> name.startsWith("PENSTOCK_") || name.endsWith("_API_KEY") || name.endsWith("_TOKEN"));
        builder.environment().put("HOME", home.toString());
        builder.environment().putAll(environment);
        return new JarProcess(builder.start(), outFile, errFile);
    }

    /** Runs a command to its end. */
    static JarProcess run(Path home, String... arguments) throws IOException {
        JarProcess run = start(home, Map.of(), arguments);
        run.exitCode();
        return run;
    }

    /** Waits until the start text is out. */
    JarProcess ready() {
        await("the start text", () -> !process.isAlive() || out().contains("Hello!"));
        assertThat(process.isAlive()).as("%s", err()).isTrue();
        return this;
    }

    int exitCode() {
        try {
            assertThat(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS))
                    .as("ends: %s %s", out(), err())
                    .isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return process.exitValue();
    }

    /** Whether the process ignores that signal, as it may have inherited; false where the system does not tell. */
    boolean ignores(int signal) throws IOException {
        Path status = Path.of("/proc", Long.toString(process.pid()), "status");
        if (!Files.isReadable(status)) {
            return false;
        }
        for (String line : Files.readAllLines(status)) {
            if (line.startsWith("SigIgn:")) {
                return (Long.parseUnsignedLong(line.substring(7).strip(), 16) >>> signal - 1 & 1) != 0;
            }
        }
        return false;
    }

    void signal(String name) throws IOException {
        shell("kill -" + name + " " + process.pid(), Map.of());
    }

    String out() {
        return read(outFile);
    }

    String err() {
        return read(errFile);
    }

    /** The first group of a pattern in the output. */
    String find(String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(out());
        assertThat(matcher.find()).as("%s in %s", pattern, out()).isTrue();
        return matcher.group(1);
    }

    /** The command line that the start text ends with, as it stands there. */
    String curl() {
        String text = out();
        return text.substring(text.indexOf("curl -N ")).strip();
    }

    static void await(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - deadline).as("waiting for %s", what).isNegative();
            try {
                Thread.sleep(10);
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /** Runs a line of shell; its standard output, and the exit code as the last line. */
    static String shell(String line, Map<String, String> environment) throws IOException {
        ProcessBuilder builder = new ProcessBuilder("bash", "-c", line + "\necho \"exit $?\"");
        builder.environment().putAll(environment);
        Process shell = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        shell.destroyForcibly();
        return out;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
