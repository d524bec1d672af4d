package io.penstock.server.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Modality;
import io.penstock.protocol.Protocol;
import io.penstock.routing.Preference;
import io.penstock.server.config.PriceConfig.Tier;
import io.penstock.server.config.ProviderConfig.Credential;
import io.penstock.store.Durability;
import io.penstock.store.Keepalive;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {
    private static final String TOKEN = "0123456789abcdefghijkl";
    private static final String KEY = "sk-or-v1-0123456789abcdef";

    /** The example of the documentation. */
    private static final String EXAMPLE = """
            listen: 127.0.0.1:4680          # port 0: any free one, printed and written to <data>/port
            data: ~/.penstock
            admin: {token: "${PENSTOCK_ADMIN_TOKEN}"}
            hosts: [gateway.example]         # names that a Host header may bear besides loopback's own
            #tls: {certificate: cert.pem, key: key.pem}               # for clients that insist on https (Claude Desktop)
            keys:                            # declared keys: a sidecar needs no first-start step; PENSTOCK_KEY declares one too
              - {name: agent, key: "${AGENT_KEY}", budget: [{limit: 2.00, reset: daily}, {limit: 30.00, reset: monthly, alert_at: 0.8}], keepalive: comment, models: ["anthropic/*", "openai/gpt-5-mini"]}
            providers:
              anthropic: {api_key: "${ANTHROPIC_API_KEY}"}            # a known provider needs only its credential
              deepseek: {api_keys: [{key: "${DS_A}", weight: 3}, {key: "${DS_B}"}], headers: {X-Title: me}}
              lab:                                                     # one's own: any OpenAI- or Anthropic-speaking server
                openai: http://127.0.0.1:18080/v1                      # base URL per protocol it speaks: openai, anthropic, responses
                anthropic: http://127.0.0.1:18080
                api_key: "${LAB_KEY}"
                models:
                  - {id: gpt-test, native: gpt-test-1, context: 128000, max_output: 8192, price: {input: 1.00, output: 2.00, cache_read: 0.10, cache_write: 1.25, cache_write_1h: 2.00, image: 0, request: 0, tiers: [{above: 200000, input: 2.00, output: 4.00}]}, input: [text, image], tools: true, reasoning: false, structured_output: true}
            local: {discover: true}          # Ollama, LM Studio, llama.cpp, vLLM on their usual loopback ports
            aliases: {sonnet: anthropic/claude-sonnet-4.6}
            routing: {auto: true, prefer: balanced, models: ["*"], complex_model: anthropic/claude-opus-4.6, complex_triggers: [analyse, 代码], fallbacks: {"anthropic/*": [openai/gpt-5.2]}, max_retries: 2, fallback_price_factor: 3}
            billing: {mode: metered, markup_percent: 0, topup_fee_percent: 0, topup_fee_min: 0, byok_fee_percent: 0, byok_free_requests: 0, credits_expire_days: 0, free_daily_per_user: 0, free_daily_global: 0, guest_daily: 0}  # 0: none
            limits: {body: 32MiB, bodies: 256MiB, response: 64MiB, head: 10s, request: 30s, connect: 5s, first_byte: 300s, idle: 300s, total: 30m, keepalive: 10s, drain: 20s, connections: 20000}
            privacy: {log_prompts: false, data_collection: allow, zdr: false}
            store: {url: "jdbc:sqlite:<data>/penstock.db", durability: process, request_log: {keep: 90d, max: 2GiB}}
            """;

    /** The same without what is not yet supported. */
    static final String HONOURED = EXAMPLE.replace(
                    "budget: [{limit: 2.00, reset: daily}, {limit: 30.00, reset: monthly, alert_at: 0.8}], ", "")
            .replace(", models: [\"anthropic/*\", \"openai/gpt-5-mini\"]", "")
            .replace(" complex_model: anthropic/claude-opus-4.6, complex_triggers: [analyse, 代码],", "")
            .replace(" fallbacks: {\"anthropic/*\": [openai/gpt-5.2]},", "");

    private @TempDir Path temporary;
    private Reading reading = new Reading(Path.of("target"));

    @BeforeEach
    void beginAnew() {
        reading = new Reading(temporary);
    }

    private Reading example() {
        return reading.with("PENSTOCK_ADMIN_TOKEN", TOKEN)
                .with("AGENT_KEY", KEY)
                .with("ANTHROPIC_API_KEY", "sk-ant-1")
                .with("DS_A", "sk-a")
                .with("DS_B", "sk-b")
                .with("LAB_KEY", "lab");
    }

    private static ProviderConfig provider(Config config, String name) {
        return requireNonNull(config.providers().get(name));
    }

    @Test
    void everyValueOfTheExampleIsWhereItShouldBe() {
        Config config = example().read(HONOURED);

        Path data = reading.home.resolve(".penstock");
        assertThat(config.listen()).isEqualTo(new ListenConfig("127.0.0.1", 4680));
        assertThat(config.tls()).isNull();
        assertThat(config.data()).isEqualTo(data);
        assertThat(config.adminToken()).isEqualTo(new Secret(TOKEN));
        assertThat(config.masterKey()).isNull();
        assertThat(config.hosts()).containsExactly("gateway.example");
        assertThat(config.keys()).containsExactly(new KeyConfig("agent", new Secret(KEY), Keepalive.COMMENT));
        assertThat(config.providers().keySet()).containsExactly("anthropic", "deepseek", "lab");
        assertThat(provider(config, "anthropic"))
                .isEqualTo(new ProviderConfig(
                        "anthropic",
                        Map.of(),
                        List.of(new Credential(new Secret("sk-ant-1"), 1)),
                        Map.of(),
                        List.of(),
                        "penstock.yaml:9"));
        assertThat(provider(config, "deepseek"))
                .isEqualTo(new ProviderConfig(
                        "deepseek",
                        Map.of(),
                        List.of(new Credential(new Secret("sk-a"), 3), new Credential(new Secret("sk-b"), 1)),
                        Map.of("X-Title", new Secret("me")),
                        List.of(),
                        "penstock.yaml:10"));
        assertThat(provider(config, "lab"))
                .isEqualTo(new ProviderConfig(
                        "lab",
                        Map.of(
                                Protocol.OPENAI, URI.create("http://127.0.0.1:18080/v1"),
                                Protocol.ANTHROPIC, URI.create("http://127.0.0.1:18080")),
                        List.of(new Credential(new Secret("lab"), 1)),
                        Map.of(),
                        List.of(new ModelConfig(
                                "gpt-test",
                                "gpt-test-1",
                                128_000,
                                8_192,
                                new PriceConfig(
                                        1_000_000_000,
                                        2_000_000_000,
                                        100_000_000,
                                        1_250_000_000,
                                        2_000_000_000,
                                        0,
                                        0,
                                        List.of(new Tier(
                                                200_000,
                                                2_000_000_000,
                                                4_000_000_000L,
                                                2_000_000_000,
                                                2_000_000_000,
                                                2_000_000_000))),
                                Set.of(Modality.TEXT, Modality.IMAGE),
                                true,
                                false,
                                true)),
                        "penstock.yaml:11"));
        assertThat(config.localDiscover()).isTrue();
        assertThat(config.aliases()).isEqualTo(Map.of("sonnet", "anthropic/claude-sonnet-4.6"));
        assertThat(config.routing()).isEqualTo(new RoutingConfig(true, Preference.BALANCED));
        assertThat(config.limits())
                .isEqualTo(new LimitsConfig(
                        32 << 20,
                        256 << 20,
                        64 << 20,
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(5),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(5),
                        Duration.ofMinutes(30),
                        Duration.ofSeconds(10),
                        Duration.ofSeconds(20),
                        20_000));
        assertThat(config.store())
                .isEqualTo(new StoreConfig(
                        "jdbc:sqlite:" + data + "/penstock.db",
                        Durability.PROCESS,
                        new StoreConfig.RequestLog(Duration.ofDays(90), 2L << 30)));
        assertThat(config.file()).isEqualTo(reading.directory.resolve("penstock.yaml"));
        assertThat(config.warnings()).isEmpty();
    }

    @Test
    void theWholeExampleIsRefusedOnlyForWhatIsNotYetSupported() {
        assertThat(example().problems(EXAMPLE))
                .containsExactly(
                        "penstock.yaml:7: keys[0].budget: not yet supported (leave it out)",
                        "penstock.yaml:7: keys[0].models: not yet supported (leave it out, or [\"*\"])",
                        "penstock.yaml:19: routing.complex_model: not yet supported (leave it out)",
                        "penstock.yaml:19: routing.complex_triggers: not yet supported (leave it out)",
                        "penstock.yaml:19: routing.fallbacks: not yet supported (leave it out)");
    }

    @Test
    void theExamplesValuesAreTheDefaults() {
        Config example = example().read(HONOURED);
        Config nothing = new Reading(temporary.resolve("other")).read();

        assertThat(nothing.listen()).isEqualTo(example.listen());
        assertThat(nothing.limits()).isEqualTo(example.limits());
        assertThat(nothing.routing()).isEqualTo(example.routing());
        assertThat(nothing.localDiscover()).isEqualTo(example.localDiscover());
        assertThat(nothing.store().requestLog()).isEqualTo(example.store().requestLog());
        assertThat(nothing.store().durability()).isEqualTo(example.store().durability());
        assertThat(nothing.store().url())
                .isEqualTo("jdbc:sqlite:" + temporary.resolve("other/home/.penstock/penstock.db"));
        assertThat(nothing.file()).isNull();
        assertThat(nothing.providers()).isEmpty();
    }

    @Test
    void aProviderMaySpeakResponsesAlone() {
        Config config = reading.read("""
                providers:
                  lab: {responses: http://127.0.0.1:18080/v1/, models: [{id: gpt-test}]}
                """);
        assertThat(provider(config, "lab").baseUrls())
                .containsExactly(Map.entry(Protocol.RESPONSES, URI.create("http://127.0.0.1:18080/v1")));
        assertThat(ProviderConfig.builder("lab")
                        .responses("http://127.0.0.1:18080/v1")
                        .build()
                        .baseUrls())
                .isEqualTo(provider(config, "lab").baseUrls());
    }

    @Test
    void neutralValuesOfLaterFieldsPass() {
        Config config = reading.with("MODE", "metered").read("""
                keys: [{name: a, key: %s, budget: [], models: ["*"]}]
                providers: {openai: {api_key: k, responses: null}}
                routing: {models: [], complex_model: "", complex_triggers: [], fallbacks: {}, max_retries: "2"}
                billing: {mode: "${MODE}", markup_percent: 0.00, guest_daily: null}
                privacy: {zdr: false}
                """.formatted(KEY));
        assertThat(config.keys()).hasSize(1);
    }

    @Test
    void aFileWithoutFieldsGivesTheDefaults() {
        for (String empty :
                List.of("", "\n\n", "# only a comment\n", "---\n", "\uFEFF", "{}", "null", "keys:\nlimits:\n")) {
            Config config = reading.read(empty);
            assertThat(config.listen()).as(empty).isEqualTo(ListenConfig.DEFAULT);
            assertThat(config.keys()).as(empty).isEmpty();
        }
    }

    @Test
    void windowsLineEndsAndAByteOrderMarkChangeNothing() {
        String windows = "\uFEFF" + HONOURED.replace("\n", "\r\n");
        assertThat(example().read(windows)).isEqualTo(example().read(HONOURED));
        assertThat(reading.problems("\uFEFFlisten: 1\r\n\r\nlistne: 2\r\n"))
                .containsExactly("penstock.yaml:3: listne: unknown field (did you mean \"listen\"?)");
    }

    @Test
    void flagsBeatTheEnvironmentWhichBeatsTheFile() {
        reading.file("listen: 1111\ndata: from-file\nadmin: {token: \"0123456789-of-the-file\"}\n");
        assertThat(reading.read().listen().port()).isEqualTo(1111);
        assertThat(reading.read().data()).isEqualTo(reading.directory.resolve("from-file"));
        assertThat(reading.read().adminToken()).isEqualTo(new Secret("0123456789-of-the-file"));

        reading.with("PENSTOCK_LISTEN", "2222").with("PENSTOCK_DATA", "~/env").with("PENSTOCK_ADMIN_TOKEN", TOKEN);
        assertThat(reading.read().listen().port()).isEqualTo(2222);
        assertThat(reading.read().data()).isEqualTo(reading.home.resolve("env"));
        assertThat(reading.read().store().url()).isEqualTo("jdbc:sqlite:" + reading.home.resolve("env/penstock.db"));
        assertThat(reading.read().adminToken()).isEqualTo(new Secret(TOKEN));

        Config config = reading.read(null, new Flags("[::1]:3333", "/flag", false));
        assertThat(config.listen()).isEqualTo(new ListenConfig("::1", 3333));
        assertThat(config.data()).isEqualTo(Path.of("/flag"));
    }

    @Test
    void theFileOfTheWorkingDirectoryIsReadBeforeThatOfTheDataDirectory() {
        Path there = reading.home.resolve(".penstock/penstock.yaml");
        reading.file(there, "listen: 2".getBytes(StandardCharsets.UTF_8));
        assertThat(reading.read().file()).isEqualTo(there);
        assertThat(reading.read().listen().port()).isEqualTo(2);

        reading.file("listen: 1");
        assertThat(reading.read().listen().port()).isEqualTo(1);

        reading.file(reading.directory.resolve("d/penstock.yaml"), new byte[0]);
        reading.with("PENSTOCK_CONFIG", "d/penstock.yaml");
        assertThat(reading.read().file()).isEqualTo(reading.directory.resolve("d/penstock.yaml"));

        Config named = reading.read(Path.of("penstock.yaml"), Reading.NO_FLAGS);
        assertThat(named.file()).isEqualTo(reading.directory.resolve("penstock.yaml"));
    }

    @Test
    void aNamedFileMustExist() {
        assertThat(reading.problems(Path.of("other.yaml"), Reading.NO_FLAGS))
                .containsExactly("other.yaml: no such file");
        assertThat(reading.with("PENSTOCK_CONFIG", "/nowhere/p.yaml").problems())
                .containsExactly("/nowhere/p.yaml: no such file");
    }

    @Test
    void relativePathsOfTheFileBeginWhereTheFileIs() throws IOException {
        Path conf = reading.directory.resolve("conf");
        reading.file(
                conf.resolve("p.yaml"),
                "data: d\ntls: {certificate: c.pem, key: k.pem}\n".getBytes(StandardCharsets.UTF_8));
        Files.createFile(conf.resolve("c.pem"));
        Files.createFile(conf.resolve("k.pem"));

        Config config = reading.read(Path.of("conf/p.yaml"), Reading.NO_FLAGS);

        assertThat(config.data()).isEqualTo(conf.resolve("d"));
        assertThat(config.tls()).isEqualTo(new TlsConfig(conf.resolve("c.pem"), conf.resolve("k.pem")));
    }

    @Test
    void theEnvironmentDeclaresAKeyNamedEnv() {
        reading.with("PENSTOCK_KEY", KEY);
        assertThat(reading.read("").keys()).containsExactly(new KeyConfig("env", KEY));
        assertThat(reading.read("keys: [{name: env, key: 0123456789012345678901}]")
                        .keys())
                .as("the environment beats the file")
                .containsExactly(new KeyConfig("env", KEY));
        assertThat(reading.read("keys: [{name: mine, key: \"${PENSTOCK_KEY}\", keepalive: data}]")
                        .keys())
                .as("one key, with the file's settings")
                .containsExactly(new KeyConfig("mine", new Secret(KEY), Keepalive.DATA));
    }

    @Test
    void aCredentialInTheEnvironmentAddsItsProvider() {
        reading.with("DEEPSEEK_API_KEY", " sk-d\n")
                .with("ANTHROPIC_API_KEY", "sk-a")
                .with("OPENAI_API_KEY", "  ");
        Config config = reading.read("providers: {lab: {openai: \"http://localhost:1/v1\"}}");

        assertThat(config.providers().keySet()).containsExactly("lab", "anthropic", "deepseek");
        ProviderConfig deepseek = provider(config, "deepseek");
        assertThat(deepseek)
                .isEqualTo(ProviderConfig.builder("deepseek")
                        .apiKey("sk-d")
                        .origin("DEEPSEEK_API_KEY")
                        .build());
        assertThat(config.warnings())
                .containsExactly("penstock.yaml:1: providers.lab: no models, so nothing is sent there");
    }

    @Test
    void aProviderOfTheFileIgnoresItsVariable() {
        reading.with("OPENAI_API_KEY", "of the environment, and not even valid");
        Config config = reading.read("providers: {openai: {api_key: of-the-file}}");
        assertThat(provider(config, "openai"))
                .isEqualTo(ProviderConfig.builder("openai")
                        .apiKey("of-the-file")
                        .origin("penstock.yaml:1")
                        .build());
        assertThat(reading.problems("providers:\n  openai:\n    headers: {X-Title: me}\n"))
                .containsExactly(
                        "penstock.yaml:2: providers.openai: no credential (expected: api_key, such as \"${OPENAI_API_KEY}\")");
    }

    @Test
    void whoNeedsNoCredentialNeedsNone() {
        Config config = reading.read("""
                providers:
                  ollama: {}
                  a: {openai: "http://[::1]:1/v1", models: [{id: m}]}
                  b: {anthropic: "http://127.9.9.9/", models: [{id: m}]}
                  openai: {openai: "http://LOCALHOST:9/v1/"}
                """);
        assertThat(config.providers().keySet()).containsExactly("ollama", "a", "b", "openai");
        assertThat(config.providers().values())
                .allMatch(provider -> provider.credentials().isEmpty());
        assertThat(provider(config, "openai").baseUrls())
                .isEqualTo(Map.of(Protocol.OPENAI, URI.create("http://LOCALHOST:9/v1")));
        assertThat(config.warnings()).isEmpty();
    }

    @Test
    void whatIsOddIsAWarning() {
        reading.with("PENSTOCK_LISTN", "x").with("PENSTOCK_UNHEARD", "x").with("PENSTOCK_MINE", "127.0.0.1:1");
        Config config = reading.read("""
                listen: "${PENSTOCK_MINE}"
                providers:
                  lab:
                    openai: http://10.0.0.5:8000/v1
                    anthropic: https://example.com/v1/
                    api_key: k
                    models: [{id: m}]
                """);
        assertThat(config.warnings())
                .containsExactly(
                        "penstock.yaml:4: providers.lab.openai: http to 10.0.0.5 shows prompts and credentials to the network",
                        "penstock.yaml:5: providers.lab.anthropic: requests go to https://example.com/v1/v1/messages (is the /v1 too much?)",
                        "PENSTOCK_LISTN: unknown variable (did you mean \"PENSTOCK_LISTEN\"?)",
                        "PENSTOCK_UNHEARD: unknown variable (expected: PENSTOCK_LISTEN, PENSTOCK_DATA, PENSTOCK_HOSTS,"
                                + " PENSTOCK_KEY, PENSTOCK_ADMIN_TOKEN, PENSTOCK_MASTER_KEY, PENSTOCK_CONFIG)");
    }

    @Test
    void anAddressThatOthersCanReachNeedsAnAdminToken() {
        String needs = " (expected: an admin token, as admin.token or PENSTOCK_ADMIN_TOKEN, because other machines can"
                + " connect)";
        assertThat(reading.problems("#\nlisten: 0.0.0.0:4680"))
                .containsExactly("penstock.yaml:2: listen: \"0.0.0.0:4680\"" + needs);
        assertThat(reading.problems(null, new Flags("[::]:0", null, false)))
                .containsExactly("--listen: \"[::]:0\"" + needs);
        reading.with("PENSTOCK_LISTEN", "gateway.lan:1");
        assertThat(reading.problems("")).containsExactly("PENSTOCK_LISTEN: \"gateway.lan:1\"" + needs);
        assertThat(reading.with("PENSTOCK_ADMIN_TOKEN", TOKEN).read("").listen())
                .isEqualTo(new ListenConfig("gateway.lan", 1));
    }

    @Test
    void aFileThatCannotBeReadMayHaveTheAdminToken() {
        assertThat(reading.with("PENSTOCK_LISTEN", "0.0.0.0:1").problems("admin: {token: [}"))
                .singleElement()
                .asString()
                .startsWith("penstock.yaml:1: not YAML");
    }

    @Test
    void wrongVariablesAndFlagsAreNamed() {
        reading.with("PENSTOCK_LISTEN", "x:y")
                .with("PENSTOCK_KEY", "short")
                .with("PENSTOCK_ADMIN_TOKEN", "short-token")
                .with("PENSTOCK_MASTER_KEY", "mañana-mañana-mañana-mañana")
                .with("OPENAI_API_KEY", "two words");
        assertThat(reading.problems(null, new Flags("70000", null, false)))
                .containsExactly(
                        "PENSTOCK_LISTEN: \"x:y\" (expected: host:port such as 127.0.0.1:4680, [::1]:4680 or 4680)",
                        "--listen: \"70000\" (expected: host:port such as 127.0.0.1:4680, [::1]:4680 or 4680)",
                        "PENSTOCK_ADMIN_TOKEN: 11 characters (expected: 22 to 8192 visible ASCII characters)",
                        "PENSTOCK_MASTER_KEY: a text with other characters (expected: 22 to 8192 visible ASCII characters)",
                        "PENSTOCK_KEY: 5 characters (expected: 20 to 200 visible ASCII characters)",
                        "OPENAI_API_KEY: a text with other characters (expected: visible ASCII characters)");
    }

    @Test
    void theKeyOfTheEnvironmentIsNotTheAdminToken() {
        reading.with("PENSTOCK_KEY", TOKEN).with("PENSTOCK_ADMIN_TOKEN", TOKEN);
        assertThat(reading.problems())
                .containsExactly("PENSTOCK_KEY: the same as the admin token (expected: another key)");
    }

    @Test
    void pricesAreExact() {
        for (String[] price : new String[][] {
            {"0.0000001", "100"},
            {"0.000000001", "1"},
            {"0.1", "100000000"},
            {"1.10", "1100000000"},
            {"0.10000000000000", "100000000"},
            {"00.30", "300000000"},
            {"1000", "1000000000000"},
            {"1000.000000000", "1000000000000"},
            {"0", "0"},
            {"999.999999999", "999999999999"},
        }) {
            Config config = reading.read("""
                    providers: {l: {openai: "http://localhost/v1", models: [{id: m, price: {input: %s, output: "%s"}}]}}
                    """.formatted(price[0], price[0]));
            long nanos = Long.parseLong(price[1]);
            assertThat(provider(config, "l").models().get(0).price())
                    .as(price[0])
                    .isEqualTo(new PriceConfig(nanos, nanos, nanos, nanos, nanos, 0, 0, List.of()));
        }
    }

    @Test
    void aFieldReadsTheTextThatWasWritten() {
        Config config = reading.with("YES", "true").with("EIGHT", "8").read("""
                keys: [{name: 007, key: 00000000000000000000.10}]
                routing: {auto: "${YES}", prefer: "${EIGHT}"}
                aliases: {yes: no, 1.0: 1.10}
                local: {discover: "false"}
                limits: {body: "${EIGHT}KiB", connections: '12'}
                """);
        assertThat(config.keys()).containsExactly(new KeyConfig("007", "00000000000000000000.10"));
        assertThat(config.routing())
                .isEqualTo(new RoutingConfig(true, Preference.parse("8").orElseThrow()));
        assertThat(config.aliases()).isEqualTo(Map.of("yes", "no", "1.0", "1.10"));
        assertThat(config.localDiscover()).isFalse();
        assertThat(config.limits().bodyBytes()).isEqualTo(8_192);
        assertThat(config.limits().connections()).isEqualTo(12);
    }

    @Test
    void anchorsAreReadLikeWhatTheyStandFor() {
        Config config = reading.read("""
                providers:
                  a: {openai: "http://localhost:1/v1", models: &models [{id: m, input: [text, pdf, audio]}]}
                  b: {openai: "http://localhost:2/v1", models: *models}
                """);
        assertThat(provider(config, "b").models())
                .isEqualTo(provider(config, "a").models());
        assertThat(provider(config, "b").models().get(0).input())
                .containsExactly(Modality.TEXT, Modality.AUDIO, Modality.FILE);
    }

    @Test
    void theConfigurationOfTheBenchmarksIsRead() {
        Config config = reading.read("""
                listen: 127.0.0.1:4711
                data: /tmp/bench/data
                keys:
                  - {name: bench, key: "sk-or-v1-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}
                local: {discover: false}
                providers:
                  lab:
                    openai: http://127.0.0.1:4712/v1
                    anthropic: http://127.0.0.1:4712
                    api_key: sk-upstream
                    models:
                      - {id: mock-model, native: mock-model, context: 1000000, max_output: 8192, price: {input: 1.00, output: 2.00}}
                  chatonly:
                    openai: http://127.0.0.1:4712/v1
                    api_key: sk-upstream
                    models:
                      - {id: mock-model, native: mock-model, context: 1000000, max_output: 8192, price: {input: 1.00, output: 2.00}}
                """);
        assertThat(provider(config, "lab").models().get(0))
                .isEqualTo(ModelConfig.builder("mock-model")
                        .context(1_000_000)
                        .maxOutput(8_192)
                        .price(PriceConfig.usd("1.00", "2.00"))
                        .build());
        assertThat(config.providers().keySet()).containsExactly("lab", "chatonly");
        assertThat(config.warnings()).isEmpty();
    }

    @Test
    void noSecretIsEverShown() {
        Config config = example()
                .with("PENSTOCK_MASTER_KEY", "master-master-master-master")
                .read(HONOURED);
        assertThat(config.toString())
                .contains("***")
                .doesNotContain(TOKEN, KEY, "sk-ant-1", "sk-a", "master-master", "Secret[", "=me");
    }

    @Test
    void hostsOfTheEnvironmentStandForThoseOfTheFile() {
        assertThat(reading.read("hosts: [a.example]").hosts()).containsExactly("a.example");
        reading.with("PENSTOCK_HOSTS", " b.example, [fd00::1] ,10.0.0.7");
        assertThat(reading.read("hosts: [a.example]").hosts()).containsExactly("b.example", "[fd00::1]", "10.0.0.7");
        reading.with("PENSTOCK_HOSTS", "b.example,,c.example:80");
        assertThat(reading.problems("hosts: [a.example]"))
                .hasSize(2)
                .allMatch(problem -> problem.startsWith("PENSTOCK_HOSTS: "))
                .allMatch(problem -> problem.contains("(expected: a host name"));
    }

    /** A person who sets HOME means it; the JVM asks the password file. */
    @Test
    void theHomeDirectoryIsThatOfTheEnvironment() {
        Path other = temporary.resolve("other");
        reading.with("HOME", other.toString());
        assertThat(reading.read("data: ~/kept").data()).isEqualTo(other.resolve("kept"));
        assertThat(reading.read("").data()).isEqualTo(other.resolve(".penstock"));
        reading.file(other.resolve(".penstock/penstock.yaml"), "listen: 4711".getBytes(StandardCharsets.UTF_8));
        assertThat(new ConfigReader(Reading.KNOWN, temporary, reading.home)
                        .read(null, reading.environment, Reading.NO_FLAGS)
                        .listen()
                        .port())
                .isEqualTo(4711);
        for (String useless : List.of("", " ", "relative/home", "\0")) {
            reading.with("HOME", useless);
            assertThat(reading.read("").data()).isEqualTo(reading.home.resolve(".penstock"));
        }
    }
}
