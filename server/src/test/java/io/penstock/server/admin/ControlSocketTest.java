package io.penstock.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.Penstock;
import io.penstock.server.config.Config;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class ControlSocketTest {
    @TempDir
    Path temporary;

    private static Penstock gateway(Path data) {
        return Penstock.start(Config.builder()
                .data(data)
                .listen("127.0.0.1", 0)
                .localDiscover(false)
                .build());
    }

    private static String ask(Path data, String request) throws IOException {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(ControlSocket.of(data)));
            ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8));
            try {
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
            } catch (IOException refusedEarly) {
                // the answer is there all the same
            }
            var answer = new ByteArrayOutputStream();
            ByteBuffer piece = ByteBuffer.allocate(8192);
            try {
                while (channel.read(piece) >= 0) {
                    answer.write(piece.array(), 0, piece.position());
                    piece.clear();
                }
            } catch (IOException reset) {
                // what came before counts
            }
            return answer.toString(StandardCharsets.UTF_8);
        }
    }

    private static String post(String body) {
        return "POST /admin/v1/keys HTTP/1.1\r\nHost: x\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body;
    }

    private static String get(String method, String path) {
        return method + " " + path + " HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    @Test
    void everyPathAnswersAndOthersDoNot() throws Exception {
        Path data = temporary.resolve("data");
        try (Penstock penstock = gateway(data)) {
            assertThat(ask(data, post("{\"name\":\"é\\\"x\"}")))
                    .startsWith("HTTP/1.1 201 ")
                    .contains("\"key\":\"sk-or-v1-", "é\\\"x");
            assertThat(ask(data, get("GET", "/admin/v1/keys")))
                    .startsWith("HTTP/1.1 200 ")
                    .contains("\"name\":\"first\"", "…")
                    .doesNotContain("\"key\":");
            assertThat(ask(data, get("DELETE", "/admin/v1/keys/%C3%A9%22x"))).contains("200 OK", "\"revoked\"");
            assertThat(ask(data, get("DELETE", "/admin/v1/keys/nobody"))).startsWith("HTTP/1.1 404 ");
            assertThat(ask(data, get("DELETE", "/admin/v1/keys/%zz"))).startsWith("HTTP/1.1 400 ");
            assertThat(ask(data, get("GET", "/admin/v1/models"))).contains("200 OK", "demo/hello");
            assertThat(ask(data, get("GET", "/admin/v1/status")))
                    .contains(
                            "\"state\":\"running\"",
                            "127.0.0.1:" + penstock.gateway().addresses().get(0).getPort());
            assertThat(ask(data, get("GET", "/admin/v1/nothing"))).startsWith("HTTP/1.1 404 ");
            assertThat(ask(data, get("GET", "/openai/v1/models"))).startsWith("HTTP/1.1 404 ");
        }
    }

    @Test
    void whatDoesNotFitIsRefused() throws Exception {
        Path data = temporary.resolve("data");
        try (Penstock penstock = gateway(data)) {
            assertThat(ask(data, post("{\"name\":"))).startsWith("HTTP/1.1 400 ");
            assertThat(ask(data, post("{\"name\":7}"))).startsWith("HTTP/1.1 400 ");
            assertThat(ask(data, post("{\"name\":\"" + "x".repeat(101) + "\"}")))
                    .startsWith("HTTP/1.1 400 ");
            assertThat(ask(data, post(" ".repeat(AdminRequests.BODY_BYTES_MAX) + "{}")))
                    .startsWith("HTTP/1.1 413 ");
            assertThat(ask(data, "nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
            assertThat(ask(data, "GET /admin/v1/keys HTTP/1.1\r\nHost: x\r\nOrigin: http://evil\r\n\r\n"))
                    .startsWith("HTTP/1.1 403 ");
            assertThat(penstock.gateway().store().keys().list()).hasSize(1);
        }
    }

    @Test
    void theSocketIsTheOwnersAloneAndGoesWithTheGateway() throws Exception {
        Path data = temporary.resolve("data");
        Files.createDirectory(data);
        Files.createFile(data.resolve("control.sock")); // left by a process that died
        try (Penstock penstock = gateway(data)) {
            Path socket = ControlSocket.of(data);
            assertThat(socket).isEqualTo(data.resolve("control.sock"));
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                    .isEqualTo("rw-------");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
                    .isEqualTo("rwx------");
            assertThat(ask(data, get("GET", "/admin/v1/keys"))).contains("200 OK");
        }
        assertThat(data.resolve("control.sock")).doesNotExist();
    }

    @Test
    void aPathTooLongForTheKernelIsMadeShort() throws Exception {
        Path data = temporary.resolve("d".repeat(120));
        Path before;
        try (Penstock penstock = gateway(data)) {
            before = ControlSocket.of(data);
            assertThat(before.toString().length()).isLessThanOrEqualTo(ControlSocket.PATH_BYTES_MAX);
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(before.getParent())))
                    .isEqualTo("rwx------");
            assertThat(ask(data, get("GET", "/admin/v1/keys"))).contains("200 OK");
        }
        assertThat(before.getParent()).doesNotExist();
        assertThat(data.resolve("control.path")).doesNotExist();
    }

    @Test
    void itIsNotThereOverTcp() throws Exception {
        Path data = temporary.resolve("data");
        try (Penstock penstock = gateway(data)) {
            InetSocketAddress address = penstock.gateway().addresses().get(0);
            try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                socket.setSoTimeout(10_000);
                socket.getOutputStream()
                        .write(("GET /admin/v1/keys HTTP/1.1\r\nHost: 127.0.0.1:" + address.getPort()
                                        + "\r\nConnection: close\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                        .startsWith("HTTP/1.1 404 ");
            }
        }
    }
}
