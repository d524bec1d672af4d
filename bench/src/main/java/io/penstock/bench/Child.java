package io.penstock.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A process of a load run, and its CPU clock. Ended by {@link #close}, or when this process ends in whatever way: Java ones
 * end with their standard input, others by a shutdown hook.
 */
final class Child implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final Writer in;
    private final Thread hook;

    private Child(Process process) {
        this.process = process;
        this.out = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.in = process.outputWriter(StandardCharsets.UTF_8);
        this.hook = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(hook);
    }

    /** Any program; what it prints goes to the log. */
    static Child start(List<String> command, Path log) {
        return start(command, log, ProcessBuilder.Redirect.appendTo(log.toFile()));
    }

    private static Child start(List<String> command, Path log, ProcessBuilder.Redirect out) {
        try {
            return new Child(new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .redirectOutput(out)
                    .start());
        } catch (IOException e) {
            throw new UncheckedIOException(String.join(" ", command) + " does not start", e);
        }
    }

    /** A class of this class path in a JVM of its own, to be talked with. */
    static Child java(List<String> flags, Class<?> main, Path log, String... arguments) {
        List<String> command = new ArrayList<>(List.of(javaCommand()));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(arguments));
        return start(command, log, ProcessBuilder.Redirect.PIPE);
    }

    static String javaCommand() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** What follows this word on the next line that begins with it. Blocks. */
    String read(String word) {
        try {
            for (String line; (line = out.readLine()) != null; ) {
                if (line.startsWith(word + " ")) {
                    return line.substring(word.length() + 1);
                }
            }
            throw new IllegalStateException("process " + process.pid() + " ended: "
                    + (process.waitFor(1, TimeUnit.SECONDS) ? "status " + process.exitValue() : "no status"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Tells it something, and reads its answer, which begins with this word. */
    String ask(String line, String word) {
        try {
            in.write(line + "\n");
            in.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return read(word);
    }

    boolean alive() {
        return process.isAlive();
    }

    /**
     * CPU time of all its threads so far, in nanoseconds: by the scheduler's own count where there is one (Linux), else by the
     * process clock, whose tick is some 10 ms.
     */
    long cpuNanos() {
        return threadNanos("");
    }

    /** The same of those threads alone whose name begins so; 0 where the system does not tell. */
    long threadNanos(String name) {
        long sum = 0;
        try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
            for (Path task : (Iterable<Path>) tasks::iterator) {
                if (name.isEmpty() || Files.readString(task.resolve("comm")).startsWith(name)) {
                    String counts = Files.readString(task.resolve("schedstat"));
                    sum += Long.parseLong(counts.substring(0, counts.indexOf(' ')));
                }
            }
            return sum;
        } catch (IOException | UncheckedIOException e) { // no /proc, or a thread that ended meanwhile
            return name.isEmpty()
                    ? process.toHandle()
                            .info()
                            .totalCpuDuration()
                            .orElse(Duration.ZERO)
                            .toNanos()
                    : 0;
        }
    }

    /** Resident memory in MiB; 0 where the system does not tell. */
    long residentMib() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException e) {
            return 0;
        }
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException alreadyGone) {
            // ended by itself
        }
        process.destroy();
        try {
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException shuttingDown) {
            // then it has nothing left to do
        }
    }
}
