package io.penstock.cli;

import io.penstock.server.Gateway;
import io.penstock.server.config.Config;
import io.penstock.store.NewKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import picocli.CommandLine.Command;

/**
 * Runs what a gateway runs from its start to its first answers, against its own demo in a directory that is deleted again,
 * so that the JVM can note which classes that takes ({@code -XX:ArchiveClassesAtExit}). Sends nothing off the machine.
 */
@Command(name = "train", hidden = true, description = "Exercise a start for the class-data archive.")
final class TrainCommand implements Callable<Integer> {
    private static final int PATIENCE_MILLIS = 10_000;
    private static final String CHAT = "\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}";

    private final Terminal terminal;

    TrainCommand(Terminal terminal) {
        this.terminal = terminal;
    }

    @Override
    public Integer call() throws IOException {
        Path data = Files.createTempDirectory("penstock-train");
        try {
            Path file = Files.writeString(data.resolve("penstock.yaml"), "local: {discover: false}\n");
            Options options = new Options();
            options.config = file;
            options.data = data.resolve("data").toString();
            options.listen = "127.0.0.1:0";
            Terminal silent = new Terminal(
                    new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8),
                    terminal.err(),
                    OutputStream.nullOutputStream(),
                    Map.of());
            Config config = Settings.read(silent, options);
            Serving serving = new Serving(silent, options);
            try (Gateway gateway = serving.start(config)) {
                NewKey key = gateway.report().firstKey();
                exercise(gateway.addresses().get(0), key == null ? "" : key.text());
                try (AdminAccess admin = AdminAccess.open(silent, options, false)) {
                    admin.ask("GET", "/admin/v1/keys", "");
                }
            }
            return 0;
        } finally {
            delete(data);
        }
    }

    /** One plain and one streamed answer on both faces, at the same time. */
    private static void exercise(InetSocketAddress address, String key) {
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (String path : List.of("/openai/v1/chat/completions", "/anthropic/v1/messages")) {
            for (boolean stream : new boolean[] {false, true}) {
                all.add(CompletableFuture.runAsync(() -> ask(address, key, path, stream)));
            }
        }
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).join();
    }

    private static void ask(InetSocketAddress address, String key, String path, boolean stream) {
        String body = "{\"model\":\"demo/hello\",\"max_tokens\":100,\"stream\":" + stream + "," + CHAT;
        String request = "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + address.getPort()
                + "\r\nUser-Agent: curl\r\nAccept: */*\r\nAuthorization: Bearer " + key
                + "\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + body.length()
                + "\r\n\r\n"
                + body;
        try (Socket socket = new Socket()) {
            socket.connect(address, PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            String answer = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (!answer.startsWith("HTTP/1.1 200 ")) {
                throw new Refusal(
                        path + " answered " + answer.lines().findFirst().orElse("nothing"));
            }
        } catch (IOException e) {
            throw new Refusal(path + " broke: " + e);
        }
    }

    private static void delete(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // a native library that is loaded cannot be deleted everywhere; the directory is the system's temporary one
        }
    }
}
