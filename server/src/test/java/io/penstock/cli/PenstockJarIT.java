package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar as a person runs it: another process, its output, its files, its exit codes. */
@Timeout(900)
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
        askSilentServer();
        try (JarProcess gateway = serve();
                Socket client = streaming(gateway)) {
            JarProcess.await("the request at the provider", () -> asked > 0);
            gateway.process.destroy();
            JarProcess.await("the drain", () -> gateway.err().contains("stopping"));
            assertThat(gateway.process.isAlive()).isTrue();
            boolean ignored = gateway.ignores(2); // inherited from whoever runs the tests
            String second = ignored ? "TERM" : "INT";
            JarProcess.await(
                    "the end",
                    () -> { // the first of them that comes a second after the first of all
                        send(gateway, second);
                        return !gateway.process.isAlive();
                    });
            assertThat(gateway.exitCode()).isEqualTo(ignored ? 143 : 130);
        }
    }

    private static void send(JarProcess gateway, String signal) {
        try {
            gateway.signal(signal);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void aSignalThatIsInheritedIgnoredStaysIgnored() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/status")), "only Linux tells what a process ignores");
        try (JarProcess gateway = JarProcess.ignoringInterrupts(home).ready()) {
            assertThat(gateway.ignores(2)).isTrue();
            assertThat(gateway.ignores(15)).isFalse();
            gateway.signal("INT");
            assertThat(status(gateway, gateway.find("Key +(sk-or-v1-[0-9a-f]{64})\n")))
                    .isEqualTo("200");
            assertThat(gateway.err()).doesNotContain("stopping");
            gateway.signal("TERM");
            assertThat(gateway.exitCode()).isZero();
        }
    }

    @Test
    void aKilledProcessLeavesNothingInTheWay() throws Exception {
        askSilentServer(); // a request that does not end by itself before the kill
        String key;
        try (JarProcess gateway = serve()) {
            key = gateway.find("Key +(sk-or-v1-[0-9a-f]{64})\n");
            try (Socket client = streaming(gateway)) {
                JarProcess.await("the hold on disk", this::holds);
                gateway.process.destroyForcibly(); // SIGKILL
                gateway.exitCode();
            }
        }
        quietSurroundings();
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

    /** JDK 24 and later warn of native libraries, and of memory access that will go away, unless the jar allows for it. */
    @Test
    void noJdkWarnsOfAnything() throws Exception {
        try (JarProcess gateway = serve()) {
            assertThat(status(gateway, gateway.find("Key +(sk-or-v1-[0-9a-f]{64})\n")))
                    .isEqualTo("200");
            gateway.signal("TERM");
            assertThat(gateway.exitCode()).isZero();
            assertThat(gateway.err().lines()).allMatch(line -> line.matches("\\d{4}-\\d\\d-\\d\\dT.* INFO .*"));
        }
        try (var jar = new java.util.jar.JarFile(JarProcess.JAR.toFile())) {
            assertThat(jar.getManifest().getMainAttributes().getValue("Enable-Native-Access"))
                    .isEqualTo("ALL-UNNAMED");
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

    /** Whether the database knows of an open hold. */
    private boolean holds() {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("penstock.db"));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM open_hold")) {
            return row.next() && row.getLong(1) > 0;
        } catch (SQLException busy) {
            return false;
        }
    }

    /** Makes the next gateway ask a provider that never answers, and drain for long. */
    private void askSilentServer() throws Exception {
        Files.writeString(
                home.resolve("penstock.yaml"),
                "listen: 127.0.0.1:0\nlocal: {discover: false}\nlimits: {drain: 10m}\n"
                        + "providers: {lab: {openai: \"http://127.0.0.1:" + silentServer()
                        + "/v1\", models: [{id: m}]}}\n");
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
