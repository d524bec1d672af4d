package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar as a person runs it: another process, its output, its files, its exit codes. */
@Timeout(180)
class PenstockJarIT {
    @TempDir
    Path home;

    private Path data;

    @BeforeEach
    void quietSurroundings() throws Exception {
        data = home.resolve(".penstock");
        Files.writeString(home.resolve("penstock.yaml"), "listen: 127.0.0.1:0\nlocal: {discover: false}\n");
    }

    private JarProcess serve() throws Exception {
        return JarProcess.start(home, Map.of()).ready();
    }

    private static String status(JarProcess gateway, String key) throws Exception {
        String curl = gateway.curl()
                .replace("curl -N", "curl -s -o /dev/null -w '%{http_code}\\n'")
                .replace("\"stream\":true", "\"stream\":false");
        return JarProcess.shell(curl.replaceAll("Bearer [^\"]+", "Bearer " + key), Map.of())
                .lines()
                .findFirst()
                .orElse("nothing");
    }

    @Test
    void theFirstStartPrintsACommandThatStreamsAnAnswer() throws Exception {
        String key;
        try (JarProcess gateway = serve()) {
            key = gateway.find("Key +(sk-or-v1-[0-9a-f]{64})\n");
            String answer = JarProcess.shell(gateway.curl(), Map.of());
            assertThat(answer)
                    .contains("data: {", "\"content\":\"Hello! \"", "data: [DONE]")
                    .endsWith("exit 0\n");
            assertThat(Files.readString(data.resolve("port")).strip())
                    .isEqualTo(gateway.find("http://127.0.0.1:(\\d+)/openai/v1"));
            gateway.process.destroy();
            assertThat(gateway.exitCode()).isZero();
            assertThat(gateway.err())
                    .contains("access request_id=gen-", "model=demo/hello", "Gateway stopped")
                    .doesNotContain(key);
        }
        try (JarProcess again = serve()) {
            assertThat(again.out())
                    .doesNotContain(key)
                    .contains(key.substring(0, 12) + "…" + key.substring(70))
                    .contains("keys create");
            assertThat(JarProcess.shell(again.curl(), Map.of("PENSTOCK_KEY", key)))
                    .contains("data: [DONE]");
        }
    }

    @Test
    void keysChangeForTheNextRequestAndWithoutAGatewayToo() throws Exception {
        String offline;
        try (JarProcess create = JarProcess.run(home, "keys", "create", "before")) {
            assertThat(create.exitCode()).as(create.err()).isZero();
            offline = create.out().strip();
        }
        try (JarProcess gateway = serve()) {
            assertThat(gateway.out()).contains("before").doesNotContain(offline);
            assertThat(status(gateway, offline)).isEqualTo("200");
            String made;
            try (JarProcess create = JarProcess.run(home, "keys", "create", "laptop")) {
                made = create.out().strip();
            }
            assertThat(status(gateway, made)).isEqualTo("200");
            try (JarProcess list = JarProcess.run(home, "keys", "list")) {
                assertThat(list.out()).contains("laptop", "before").doesNotContain(made);
            }
            try (JarProcess revoke = JarProcess.run(home, "keys", "revoke", "laptop")) {
                assertThat(revoke.exitCode()).as(revoke.err()).isZero();
            }
            assertThat(status(gateway, made)).isEqualTo("401");
            assertThat(status(gateway, offline)).isEqualTo("200");
            gateway.process.destroy();
            assertThat(gateway.exitCode()).isZero();
        }
        try (JarProcess revoke = JarProcess.run(home, "keys", "revoke", "before")) {
            assertThat(revoke.exitCode()).as(revoke.err()).isZero();
        }
        try (JarProcess gateway = serve()) {
            assertThat(status(gateway, offline)).isEqualTo("401");
        }
    }

    @Test
    void whatIsInTheWayOfAStartIsOneLine() throws Exception {
        try (JarProcess gateway = serve()) {
            String port = gateway.find("http://127.0.0.1:(\\d+)/openai/v1");
            try (JarProcess second = JarProcess.run(home, "serve")) {
                assertThat(second.exitCode()).isEqualTo(1);
                assertThat(second.err())
                        .contains("the data directory " + data + " is in use")
                        .hasLineCount(1);
            }
            try (JarProcess other = JarProcess.run(
                    home, "--listen", port, "--data", home.resolve("b").toString())) {
                assertThat(other.exitCode()).isEqualTo(1);
                assertThat(other.err())
                        .contains("127.0.0.1:" + port, "in use", "--listen")
                        .hasLineCount(1);
            }
            assertThat(status(gateway, gateway.find("Key +(sk-or-v1-[0-9a-f]{64})\n")))
                    .isEqualTo("200");
        }
        Files.writeString(home.resolve("penstock.yaml"), "listen: 127.0.0.1:0\nroutin: {}\n");
        try (JarProcess typo = JarProcess.run(home)) {
            assertThat(typo.exitCode()).isEqualTo(1);
            assertThat(typo.err())
                    .contains("penstock.yaml:2: routin", "\"routing\"")
                    .hasLineCount(1);
        }
    }

    @Test
    void aReadOnlyDataDirectoryStopsTheStart() throws Exception {
        assumeFalse(System.getProperty("user.name").equals("root"), "root may write everywhere");
        Files.createDirectory(data, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("r-x------")));
        try (JarProcess start = JarProcess.run(home)) {
            assertThat(start.exitCode()).isEqualTo(1);
            assertThat(start.err()).contains("read-only").hasLineCount(1);
        }
    }

    @Test
    void aStreamEndsInOrderWhenTheProcessIsToldTo() throws Exception {
        try (JarProcess gateway = serve();
                Socket client = streaming(gateway)) {
            var lines = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
            String line = lines.readLine();
            while (!line.contains("Hello!")) {
                line = lines.readLine();
            }
            gateway.process.destroy(); // SIGTERM
            List<String> rest = lines.lines().toList();
            assertThat(rest).contains("data: [DONE]", "0");
            assertThat(gateway.exitCode()).isZero();
            assertThat(gateway.err()).contains("stopping", "outcome=completed", "stopped");
        }
        assertThat(data.resolve("control.sock")).doesNotExist();
    }

    @Test
    void aSecondSignalEndsAtOnce() throws Exception {
        Files.writeString(
                home.resolve("penstock.yaml"),
                "listen: 127.0.0.1:0\nlocal: {discover: false}\nlimits: {drain: 10m}\n"
                        + "providers: {lab: {openai: \"http://127.0.0.1:" + silentServer()
                        + "/v1\", models: [{id: m}]}}\n");
        try (JarProcess gateway = serve();
                Socket client = streaming(gateway)) {
            JarProcess.await("the request at the provider", () -> asked > 0);
            gateway.process.destroy();
            JarProcess.await("the drain", () -> gateway.err().contains("stopping"));
            assertThat(gateway.process.isAlive()).isTrue();
            JarProcess.shell("kill -INT " + gateway.process.pid(), Map.of());
            assertThat(gateway.exitCode()).isEqualTo(130);
        }
    }

    @Test
    void aKilledProcessLeavesNothingInTheWay() throws Exception {
        String key;
        try (JarProcess gateway = serve()) {
            key = gateway.find("Key +(sk-or-v1-[0-9a-f]{64})\n");
            long before = Files.size(data.resolve("penstock.db-wal"));
            try (Socket client = streaming(gateway)) {
                JarProcess.await(
                        "the hold on disk",
                        () -> data.resolve("penstock.db-wal").toFile().length() > before);
                gateway.process.destroyForcibly(); // SIGKILL
                gateway.exitCode();
            }
        }
        assertThat(data.resolve("control.sock")).exists();
        try (JarProcess gateway = serve()) {
            assertThat(gateway.out()).contains("1 request cut off when the last process died; nothing was charged");
            assertThat(status(gateway, key)).isEqualTo("200");
            try (JarProcess list = JarProcess.run(home, "keys", "list")) {
                assertThat(list.out()).contains("first");
            }
        }
    }

    @Test
    void allFilesAreTheOwnersAlone() throws Exception {
        try (JarProcess gateway = serve()) {
            assertThat(status(gateway, gateway.find("Key +(sk-or-v1-[0-9a-f]{64})\n")))
                    .isEqualTo("200");
            try (Stream<Path> files = Files.walk(data)) {
                for (Path file : files.toList()) {
                    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                            .as(file.toString())
                            .endsWith("------");
                }
            }
        }
    }

    /** The build goes on without an archive, so that only this would tell. */
    @Test
    void theRunForTheArchiveGoesThrough() throws Exception {
        try (JarProcess train = JarProcess.run(home, "train")) {
            assertThat(train.exitCode()).as(train.err()).isZero();
            assertThat(train.out() + train.err()).isEmpty();
        }
    }

    @Test
    void theDemoIsToldApartFromRealModels() throws Exception {
        try (JarProcess models = JarProcess.run(home, "models")) {
            assertThat(models.out()).contains("demo/hello", "because no provider is configured");
            assertThat(models.err()).isEmpty();
        }
        try (JarProcess check = JarProcess.run(home, "config", "check")) {
            assertThat(check.out()).contains("is fine. A gateway started with it:");
            assertThat(check.err()).isEmpty();
        }
        try (JarProcess gateway = JarProcess.start(home, Map.of("OPENAI_API_KEY", "sk-test-0123456789abcdef0123"))
                .ready()) {
            assertThat(gateway.out())
                    .contains("OPENAI_API_KEY is set", "openai/")
                    .doesNotContain("demo", "0123456789abcdef");
        }
    }

    private static Socket streaming(JarProcess gateway) throws Exception {
        URI origin = URI.create(gateway.find("(http://127.0.0.1:\\d+)/openai/v1"));
        String body = gateway.find("-d '(\\{.*\\})'");
        Socket socket = new Socket(origin.getHost(), origin.getPort());
        socket.setSoTimeout(60_000);
        socket.getOutputStream()
                .write(("POST /openai/v1/chat/completions HTTP/1.1\r\nHost: " + origin.getAuthority()
                                + "\r\nAuthorization: Bearer "
                                + gateway.find("Bearer (\\S+)\"")
                                + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                                + body)
                        .getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    private volatile int asked;

    /** A provider that takes a request and says nothing. */
    private int silentServer() throws Exception {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(() -> {
            try (server;
                    Socket socket = server.accept()) {
                while (socket.getInputStream().read() >= 0) {
                    asked = 1;
                }
            } catch (java.io.IOException end) {
                // the gateway is gone
            }
        });
        thread.setDaemon(true);
        thread.start();
        return server.getLocalPort();
    }
}
