package io.penstock.it;

import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The shipped jar as a process of its own, in front of a provider of the test. */
final class FatJar implements AutoCloseable {
    private static final Path JAR = Path.of("target/penstock.jar").toAbsolutePath();

    private final Path data;
    private final Path log;
    private final Process process;
    private final int port;

    private FatJar(Path data, Path log, Process process, int port) {
        this.data = data;
        this.log = log;
        this.process = process;
        this.port = port;
    }

    /** Starts it with its data in {@code home/data}, and returns when it is ready. */
    static FatJar start(Path home, String providerOrigin) throws IOException {
        Path data = home.resolve("data");
        Path config = home.resolve("penstock.yaml");
        Path log = Files.createTempFile(home, "penstock", ".log");
        Files.writeString(config, """
                listen: 127.0.0.1:0
                keys:
                  - {name: agent, key: "%s"}
                providers:
                  lab:
                    openai: %s/v1
                    anthropic: %s
                    responses: %s/v1
                    api_key: "%s"
                    models:
                      - {id: gpt-test, native: gpt-test-1, context: 128000, max_output: 8192, price: {input: 1.00, output: 2.00, cache_read: 0.10, cache_write: 1.25, cache_write_1h: 2.00}, tools: true}
                      - {id: claude-test, native: claude-test-1, context: 128000, max_output: 8192, price: {input: 1.00, output: 2.00, cache_read: 0.10, cache_write: 1.25, cache_write_1h: 2.00}, tools: true, reasoning: true}
                  chatty:
                    openai: %s/v1
                    api_key: "%s"
                    models:
                      - {id: gpt-test, native: gpt-test-1, context: 128000, max_output: 8192, price: {input: 1.00, output: 2.00}, tools: true}
                      - {id: thinker, native: thinker-1, context: 128000, max_output: 8192, price: {input: 1.00, output: 2.00}, tools: true, reasoning: true}
                  wordy:
                    anthropic: %s
                    api_key: "%s"
                    models:
                      - {id: thinker, native: thinker-1, context: 128000, max_output: 8192, price: {input: 1.00, output: 2.00}, tools: true, reasoning: true}
                  terse:
                    responses: %s/v1
                    api_key: "%s"
                    models:
                      - {id: thinker, native: thinker-1, context: 128000, max_output: 8192, price: {input: 1.00, output: 2.00}, tools: true, reasoning: true}
                local: {discover: false}
                """.formatted(
                        Lab.KEY,
                        providerOrigin,
                        providerOrigin,
                        providerOrigin,
                        Lab.PROVIDER_KEY,
                        providerOrigin,
                        Lab.PROVIDER_KEY,
                        providerOrigin,
                        Lab.PROVIDER_KEY,
                        providerOrigin,
                        Lab.PROVIDER_KEY));
        Files.deleteIfExists(data.resolve("port"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-jar",
                JAR.toString()));
        command.addAll(List.of("serve", "--config", config.toString(), "--data", data.toString()));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.endsWith("_API_KEY") || name.startsWith("PENSTOCK_"));
        Process process = builder.start();
        try {
            int port = Await.value("the gateway's port", () -> {
                if (!process.isAlive()) {
                    throw new IllegalStateException("the gateway ended: " + Files.readString(log));
                }
                Path file = data.resolve("port");
                String text = Files.exists(file) ? Files.readString(file).strip() : "";
                return text.isEmpty() ? null : Integer.valueOf(text);
            });
            return new FatJar(data, log, process, port);
        } catch (AssertionError e) {
            process.destroyForcibly();
            throw new AssertionError(Files.readString(log), e);
        }
    }

    String origin() {
        return "http://127.0.0.1:" + port;
    }

    Path data() {
        return data;
    }

    String log() throws IOException {
        return Files.readString(log);
    }

    /** {@code kill -9}. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /** SIGTERM; the exit code. */
    int stop() throws InterruptedException {
        process.destroy();
        return process.waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
