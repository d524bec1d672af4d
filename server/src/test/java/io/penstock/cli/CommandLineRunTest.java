package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.Penstock;
import io.penstock.server.config.Config;
import io.penstock.server.config.ConfigBuilder;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineRunTest {
    @TempDir
    Path temporary;

    private final Map<String, String> environment = new HashMap<>();
    private String out = "";
    private String err = "";

    private int run(String... arguments) {
        var outBytes = new ByteArrayOutputStream();
        var errBytes = new ByteArrayOutputStream();
        var terminal = new Terminal(
                new PrintStream(outBytes, true, StandardCharsets.UTF_8),
                new PrintStream(errBytes, true, StandardCharsets.UTF_8),
                OutputStream.nullOutputStream(),
                environment);
        int code = new CommandLineRun(terminal).run(arguments);
        out = outBytes.toString(StandardCharsets.UTF_8);
        err = errBytes.toString(StandardCharsets.UTF_8);
        return code;
    }

    private int inData(String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--data", data().toString(), "--config", config().toString()));
        return run(all.toArray(String[]::new));
    }

    private Path data() {
        return temporary.resolve("data");
    }

    private Path config() {
        try {
            Path file = temporary.resolve("penstock.yaml");
            return Files.exists(file) ? file : Files.writeString(file, "local: {discover: false}\n");
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Penstock gateway() {
        ConfigBuilder config =
                Config.builder().data(data()).listen("127.0.0.1", 0).localDiscover(false);
        return Penstock.start(config.build());
    }

    @Test
    void keysAreMadeListedAndRevokedWithoutAGateway() {
        assertThat(inData("keys", "create", "laptop")).isZero();
        assertThat(out).matches("sk-or-v1-[0-9a-f]{64}\n");
        assertThat(err).contains("laptop").doesNotContain(out.strip());
        String label = out.substring(0, 12) + "..." + out.substring(70, 73);

        assertThat(inData("keys", "list")).isZero();
        assertThat(out).contains("laptop", label.replace("...", "…"), "active", "never");

        assertThat(inData("keys", "revoke", label)).isZero();
        assertThat(out).contains("Revoked", "laptop");
        assertThat(inData("keys", "revoke", label)).isEqualTo(1);
        assertThat(err).contains("revoked already");
        assertThat(inData("keys", "list")).isZero();
        assertThat(out).contains("revoked").doesNotContain("active");
    }

    @Test
    void theSameCommandsReachARunningGateway() {
        try (Penstock penstock = gateway()) {
            assertThat(inData("keys", "create")).isZero();
            byte[] key = out.strip().getBytes(StandardCharsets.US_ASCII);
            var keys = penstock.gateway().store().keys();
            assertThat(keys.find(key, 0, key.length)).isNotNull();
            assertThat(inData("keys", "revoke", "key-2")).isZero();
            assertThat(keys.find(key, 0, key.length)).isNull();
            assertThat(inData("models")).isZero();
            assertThat(out).contains("demo/hello", "because no provider is configured");
        }
        assertThat(inData("keys", "list")).isZero();
        assertThat(out).contains("first", "key-2");
    }

    @Test
    void severalKeysOfOneNameAreAskedAbout() {
        inData("keys", "create", "twin");
        inData("keys", "create", "twin");
        assertThat(inData("keys", "revoke", "twin")).isEqualTo(1);
        assertThat(err).contains("2 keys are called twin", "1 (sk-or-v1-", "2 (sk-or-v1-");
        assertThat(inData("keys", "revoke", "2")).isZero();
    }

    @Test
    void aGatewayThatDoesNotAnswerIsNamed() throws Exception {
        try (Penstock penstock = gateway()) {
            Files.delete(data().resolve("control.sock"));
            assertThat(inData("keys", "list")).isEqualTo(1);
            assertThat(err).contains("holds the data directory " + data(), "does not answer on its control socket");
        }
    }

    @Test
    void readingMakesNoDataDirectory() {
        assertThat(inData("keys", "list")).isEqualTo(1);
        assertThat(err).contains("there is no data directory " + data());
        assertThat(data()).doesNotExist();
    }

    @Test
    void aRunningGatewayIsReachedThoughTheConfigurationIsBroken() throws Exception {
        try (Penstock penstock = gateway()) {
            Files.writeString(temporary.resolve("penstock.yaml"), "keys: [{name: a, key: \"${NOT_SET_HERE}\"}]\n");
            assertThat(inData("keys", "list")).isZero();
        }
    }

    @Test
    void allProblemsOfAConfigurationAreListed() throws Exception {
        Files.writeString(temporary.resolve("penstock.yaml"), "lisen: 1\nrouting: {prefere: speed}\n");
        assertThat(inData("config", "check")).isEqualTo(1);
        assertThat(err.lines().count()).isEqualTo(2);
        assertThat(err).contains(":1: lisen", "\"listen\"", ":2: routing.prefere", "\"prefer\"");
        assertThat(out).isEmpty();
    }

    @Test
    void aGoodConfigurationIsSummedUp() throws Exception {
        Path file = temporary.resolve("penstock.yaml");
        Files.writeString(file, """
                listen: 127.0.0.1:0
                local: {discover: false}
                keys: [{name: agent, key: a-key-of-more-than-twenty-characters}]
                providers: {openai: {api_key: sk-secret-secret-secret}}
                """);
        assertThat(run("config", "check", file.toString(), "--data", data().toString()))
                .isZero();
        assertThat(out).contains(file + " is fine", "127.0.0.1:0", "agent", "models of openai (", "penstock.yaml:4)");
        assertThat(out + err).doesNotContain("secret-secret", "a-key-of-more");
        assertThat(data()).doesNotExist();
    }

    @Test
    void modelsAreThoseOfTheConfiguration() {
        environment.put("ANTHROPIC_API_KEY", "sk-ant-0123456789abcdef");
        assertThat(inData("models", "claude")).isZero();
        assertThat(out).contains("anthropic/claude-", "ANTHROPIC_API_KEY").doesNotContain("demo/");
        assertThat(inData("models", "no-such-model")).isEqualTo(1);
        assertThat(err).contains("no model matches no-such-model");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--help",
                "serve --help",
                "keys --help",
                "keys create --help",
                "keys list --help",
                "keys revoke -h",
                "models --help",
                "config --help",
                "config check --help"
            })
    void everyLevelHelps(String line) {
        assertThat(run(line.split(" "))).isZero();
        assertThat(out)
                .startsWith("Usage: penstock")
                .contains("--data", "--config")
                .doesNotContain("\u001b", "train");
        assertThat(err).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"keyz", "keys", "keys make", "keys revoke", "config", "serve --lisen 1", "--data"})
    void wrongUsageIsToldInTwoLinesOrSo(String line) {
        assertThat(run(line.split(" "))).isEqualTo(CommandLineRun.USAGE);
        assertThat(err).contains("--help' shows what there is").doesNotContain("Exception", "\tat ");
        assertThat(err.lines().count()).isLessThan(5);
        assertThat(out).isEmpty();
    }

    @Test
    void theVersionIsOneLine() {
        assertThat(run("--version")).isZero();
        assertThat(out).startsWith("penstock ").hasLineCount(1);
    }
}
