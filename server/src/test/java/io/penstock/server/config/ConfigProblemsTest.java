package io.penstock.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigProblemsTest {
    private @TempDir Path temporary;
    private Reading reading = new Reading(Path.of("target"));

    @BeforeEach
    void beginAnew() {
        reading = new Reading(temporary);
    }

    /** What stands in the file ({@code ¶} is a line end), and the one message. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
# wrong types
listen: [1]                                  | 1: listen: a list (expected: one value)
listen: {host: a}                            | 1: listen: a mapping (expected: one value)
keys: {name: a}                              | 1: keys: a mapping (expected: a list)
keys: sk-or-v1-1                             | 1: keys: a text (expected: a list)
keys: [a]                                    | 1: keys[0]: a text (expected: a mapping)
keys: [null]                                 | 1: keys[0]: nothing (expected: a mapping)
providers: [openai]                          | 1: providers: a list (expected: a mapping)
providers: {openai: sk-1}                    | 1: providers.openai: a text (expected: a mapping)
limits: 32MiB                                | 1: limits: a text (expected: a mapping)
aliases: {a: [b]}                            | 1: aliases.a: a list (expected: one value)
routing: {auto: yes}                         | 1: routing.auto: "yes" (expected: true or false)
local: {discover: 1}                         | 1: local.discover: "1" (expected: true or false)
- a                                          | 1: a list (expected: fields)
just text                                    | 1: a text (expected: fields)
listen: !!int 4680                           | 1: listen: a value with a tag (expected: one value)
{[a]: b}                                     | 1: a list as the name of a field (expected: a text)
# unknown names
¶¶routing:¶  prefere: price                  | 4: routing.prefere: unknown field (did you mean "prefer"?)
listne: 1                                    | 1: listne: unknown field (did you mean "listen"?)
Listen: 1                                    | 1: Listen: unknown field (did you mean "listen"?)
keys: [{name: a, kye: b}]                    | 1: keys[0].kye: unknown field (did you mean "key"?)
providers: {openai: {apikey: sk-1}}          | 1: providers.openai.apikey: unknown field (did you mean "api_key"?)
task-risk-0123: 1                            | 1: task-risk-0123: unknown field (expected: listen, data, admin, hosts, tls, keys, providers, local, aliases, routing, billing, limits, privacy, store)
limits: {first-byte: 1s}                     | 1: limits.first-byte: unknown field (did you mean "first_byte"?)
local: {zzz: 1}                              | 1: local.zzz: unknown field (expected: discover)
tls: {cert: a}                               | 1: tls.cert: unknown field (expected: certificate, key)
store: {request_log: {kep: 1d}}              | 1: store.request_log.kep: unknown field (did you mean "keep"?)
sk-or-v1-0123: 1                             | 1: ***: unknown field (expected: listen, data, admin, hosts, tls, keys, providers, local, aliases, routing, billing, limits, privacy, store)
listen: 1¶listen: 2                          | 2: listen: given twice (first in line 1)
limits: {body: 1MiB, body: 2MiB}             | 1: limits.body: given twice (first in line 1)
limits: {<<: {body: 1MiB}}                   | 1: limits.<<: unknown field (expected: body, bodies, response, head, request, connect, first_byte, idle, total, keepalive, drain, connections)
# addresses
listen: 127.0.0.1                            | 1: listen: "127.0.0.1" (expected: host:port such as 127.0.0.1:4680, [::1]:4680 or 4680)
listen: 65536                                | 1: listen: "65536" (expected: host:port such as 127.0.0.1:4680, [::1]:4680 or 4680)
listen: "::1:80"                             | 1: listen: "::1:80" (expected: host:port such as 127.0.0.1:4680, [::1]:4680 or 4680)
listen: "[::g]:80"                           | 1: listen: "[::g]:80" (expected: host:port such as 127.0.0.1:4680, [::1]:4680 or 4680)
listen: 127.1:80                             | 1: listen: "127.1:80" (expected: host:port such as 127.0.0.1:4680, [::1]:4680 or 4680)
listen: 127.0.0.1:-1                         | 1: listen: "127.0.0.1:-1" (expected: host:port such as 127.0.0.1:4680, [::1]:4680 or 4680)
hosts: gateway.example                       | 1: hosts: a text (expected: a list)
hosts: ["gateway.example:80"]                | 1: hosts[0]: "gateway.example:80" (expected: a host name or an address such as gateway.example or [fd00::1], no port)
hosts: ["*"]                                 | 1: hosts[0]: "*" (expected: a host name or an address such as gateway.example or [fd00::1], no port)
hosts: ["fd00::1"]                           | 1: hosts[0]: "fd00::1" (expected: a host name or an address such as gateway.example or [fd00::1], no port)
# secrets
admin: {token: 012345678901234567890}        | 1: admin.token: 21 characters (expected: 22 to 8192 visible ASCII characters)
keys: [{name: a, key: short}]                | 1: keys[0].key: 5 characters (expected: 20 to 200 visible ASCII characters)
keys: [{name: a, key: 0123456789 0123456789}]| 1: keys[0].key: a text with other characters (expected: 20 to 200 visible ASCII characters)
keys: [{key: 01234567890123456789}]          | 1: keys[0].name: missing (expected: a name)
keys: [{name: a}]                            | 1: keys[0].key: missing (expected: 20 to 200 visible ASCII characters)
keys: [{name: " a", key: 01234567890123456789}] | 1: keys[0].name: " a" (expected: 1 to 64 characters on one line)
keys:¶- {name: a, key: 01234567890123456789}¶- {name: a, key: 01234567890123456780} | 3: keys[1].name: the same as in keys[0] (expected: another name)
keys:¶- {name: a, key: 01234567890123456789}¶- {name: b, key: 01234567890123456789} | 3: keys[1].key: the same as in keys[0] (expected: another key)
admin: {token: 0123456789012345678912}¶keys: [{name: a, key: 0123456789012345678912}] | 2: keys[0].key: the same as admin.token (expected: another key)
keys: [{name: a, key: 01234567890123456789, keepalive: ping}] | 1: keys[0].keepalive: "ping" (expected: comment or data)
# providers
providers:¶  antropic: {api_key: a}          | 2: providers.antropic: unknown provider without a base URL (did you mean "anthropic"?)
providers: {lab: {api_key: a}}               | 1: providers.lab: unknown provider without a base URL (expected: openai, anthropic or responses)
providers: {openai: }                        | 1: providers.openai: no credential (expected: api_key, such as "${OPENAI_API_KEY}")
providers: {openai: {api_key: ""}}           | 1: providers.openai: no credential (expected: api_key, such as "${OPENAI_API_KEY}")
providers: {lab: {openai: https://a.example}}| 1: providers.lab: no credential (expected: api_key; any text will do for a server that asks for none)
providers: {Lab: {openai: http://localhost}} | 1: providers.Lab: "Lab" (expected: lower-case letters, digits, "-", "_" and ".")
providers: {a/b: {openai: http://localhost}} | 1: providers.a/b: "a/b" (expected: lower-case letters, digits, "-", "_" and ".")
providers: {penstock: {openai: http://localhost}} | 1: providers.penstock: "penstock" (expected: another name: this prefix is dropped from model ids)
providers: {openai: {api_key: a, api_keys: [{key: b}]}} | 1: providers.openai.api_keys: given beside api_key (expected: one of the two)
providers: {openai: {api_keys: [a]}}         | 1: providers.openai.api_keys[0]: a text (expected: a mapping)
providers: {openai: {api_keys: [{weight: 2}]}} | 1: providers.openai.api_keys[0].key: missing (expected: a credential)
providers: {openai: {api_keys: [{key: a, weight: 0}]}} | 1: providers.openai.api_keys[0].weight: "0" (expected: a whole number, 1 to 1000)
providers: {openai: {api_key: a b}}          | 1: providers.openai.api_key: a text with other characters (expected: visible ASCII characters)
providers: {l: {openai: ftp://localhost}}    | 1: providers.l.openai: "ftp://localhost" (expected: http://host:port/path or https://…, without user, query or fragment)
providers: {l: {openai: localhost:8000}}     | 1: providers.l.openai: "localhost:8000" (expected: http://host:port/path or https://…, without user, query or fragment)
providers: {l: {openai: "http://u:p@h/v1"}}  | 1: providers.l.openai: a URL with a user (expected: http://host:port/path or https://…, without user, query or fragment)
providers: {l: {openai: "http://h/v1?key=a"}}| 1: providers.l.openai: a URL with a query (expected: http://host:port/path or https://…, without user, query or fragment)
providers: {l: {openai: "http://h/#a"}}      | 1: providers.l.openai: "http://h/#a" (expected: http://host:port/path or https://…, without user, query or fragment)
providers: {l: {openai: "http://h:99999"}}   | 1: providers.l.openai: "http://h:99999" (expected: http://host:port/path or https://…, without user, query or fragment)
providers: {l: {openai: "http://a b"}}       | 1: providers.l.openai: "http://a b" (expected: http://host:port/path or https://…, without user, query or fragment)
providers: {l: {openai: http://localhost/v1/chat/completions}} | 1: providers.l.openai: "http://localhost/v1/chat/completions" (expected: the base URL, without the path of a request)
providers: {l: {openai: http://localhost, responses: http://localhost/v1/responses}} | 1: providers.l.responses: "http://localhost/v1/responses" (expected: the base URL, without the path of a request)
providers: {ollama: {headers: {Host: a}}}    | 1: providers.ollama.headers.Host: "Host" (expected: a header that Penstock does not set itself)
providers: {ollama: {headers: {X-API-Key: a}}} | 1: providers.ollama.headers.X-API-Key: "X-API-Key" (expected: a header that Penstock does not set itself)
providers: {ollama: {headers: {Transfer-Encoding: a}}} | 1: providers.ollama.headers.Transfer-Encoding: "Transfer-Encoding" (expected: a header that Penstock does not set itself)
providers: {ollama: {headers: {a b: c}}}     | 1: providers.ollama.headers.a b: "a b" (expected: the name of an HTTP header)
providers: {ollama: {headers: {a: "b\\nc"}}} | 1: providers.ollama.headers.a: a text that is no header value (expected: ASCII characters on one line)
providers: {ollama: {headers: {Aa: b, aA: c}}} | 1: providers.ollama.headers.aA: given twice, in other letters
# models
providers: {ollama: {models: [{native: a}]}} | 1: providers.ollama.models[0].id: missing (expected: a model id)
providers: {ollama: {models: [{id: a/}]}}    | 1: providers.ollama.models[0].id: "a/" (expected: a model id such as anthropic/claude-sonnet-4.6)
providers: {ollama: {models: [{id: a},{id: a}]}} | 1: providers.ollama.models[1].id: the same as in providers.ollama.models[0] (expected: another id)
providers: {ollama: {models: [{id: a, context: -1}]}} | 1: providers.ollama.models[0].context: "-1" (expected: a whole number, 1 to 100000000)
providers: {ollama: {models: [{id: a, context: 128k}]}} | 1: providers.ollama.models[0].context: "128k" (expected: a whole number, 1 to 100000000)
providers: {ollama: {models: [{id: a, input: text}]}} | 1: providers.ollama.models[0].input: a text (expected: a list)
providers: {ollama: {models: [{id: a, input: [smell]}]}} | 1: providers.ollama.models[0].input[0]: "smell" (expected: text, image, audio, file (or pdf), video)
providers: {ollama: {models: [{id: a, price: {output: 1}}]}} | 1: providers.ollama.models[0].price.input: missing (expected: USD per million tokens, 0 if free)
providers: {ollama: {models: [{id: a, price: {input: 1, output: -1}}]}} | 1: providers.ollama.models[0].price.output: "-1" (expected: USD such as 0.15, 0 to 1000, at most nine decimals)
providers: {ollama: {models: [{id: a, price: {input: 1, output: 1e-3}}]}} | 1: providers.ollama.models[0].price.output: "1e-3" (expected: USD such as 0.15, 0 to 1000, at most nine decimals)
providers: {ollama: {models: [{id: a, price: {input: 1, output: 0.0000000001}}]}} | 1: providers.ollama.models[0].price.output: "0.0000000001" (expected: USD such as 0.15, 0 to 1000, at most nine decimals)
providers: {ollama: {models: [{id: a, price: {input: 1, output: 1000.01}}]}} | 1: providers.ollama.models[0].price.output: 1000.01 (expected: USD such as 0.15, 0 to 1000, at most nine decimals)
providers: {ollama: {models: [{id: a, price: {input: 1, output: 1, tiers: [{input: 1, output: 1}]}}]}} | 1: providers.ollama.models[0].price.tiers[0].above: missing (expected: a number of tokens)
providers: {ollama: {models: [{id: a, price: {input: 1, output: 1, tiers: [{above: 2, input: 1, output: 1}, {above: 2, input: 1, output: 1}]}}]}} | 1: providers.ollama.models[0].price.tiers[1].above: 2 (expected: more than in the tier before)
aliases: {auto: a/b}                         | 1: aliases.auto: "auto" (expected: visible ASCII characters, and not auto)
aliases: {a: a}                              | 1: aliases.a: itself (expected: another model id)
aliases:¶  a: b¶  b: a                       | 2: aliases.a: a → b → a, a circle (expected: a model id at its end)
aliases:¶  x: y¶  c: x¶  y: z¶  z: x¶  o: x/y | 2: aliases.x: x → y → z → x, a circle (expected: a model id at its end)
aliases: {a/b: c/d, c/d: a/b}                | 1: aliases.a/b: a/b → c/d → a/b, a circle (expected: a model id at its end)
# sizes, times, numbers
limits: {body: -1}                           | 1: limits.body: "-1" (expected: a size such as 32MiB, 500KB or 1048576)
limits: {body: 32mb}                         | 1: limits.body: "32mb" (expected: a size such as 32MiB, 500KB or 1048576)
limits: {body: 1.5MiB}                       | 1: limits.body: "1.5MiB" (expected: a size such as 32MiB, 500KB or 1048576)
limits: {body: 99999999999GiB}               | 1: limits.body: "99999999999GiB" (expected: a size such as 32MiB, 500KB or 1048576)
limits: {body: 0}                            | 1: limits.body: 0B (expected: 1KiB to 1GiB)
limits: {response: 2GiB}                     | 1: limits.response: 2GiB (expected: 1KiB to 1GiB)
¶limits:¶  body: 300MiB                      | 2: limits.bodies: 256MiB (expected: at least limits.body, which is 300MiB)
limits: {head: 10}                           | 1: limits.head: "10" (expected: a duration such as 250ms, 10s, 30m, 2h or 90d)
limits: {head: 10 s}                         | 1: limits.head: "10 s" (expected: a duration such as 250ms, 10s, 30m, 2h or 90d)
limits: {connect: 0s}                        | 1: limits.connect: 0s (expected: 10ms to 5m)
limits: {total: 8d}                          | 1: limits.total: 8d (expected: 100ms to 7d)
limits: {connections: 0}                     | 1: limits.connections: "0" (expected: a whole number, 1 to 1000000)
limits: {connections: 99999999999}           | 1: limits.connections: "99999999999" (expected: a whole number, 1 to 1000000)
store: {url: "jdbc:postgresql://u:p@h/d"}    | 1: store.url: not yet supported (expected: jdbc:sqlite:…, such as jdbc:sqlite:<data>/penstock.db)
store: {durability: disk}                    | 1: store.durability: "disk" (expected: process or power)
store: {request_log: {keep: 1m}}             | 1: store.request_log.keep: 1m (expected: 1h to 3650d)
routing: {prefer: fast}                      | 1: routing.prefer: "fast" (expected: quality, balanced, price, speed, or 0 (cheapest) to 10 (best))
routing: {prefer: 11}                        | 1: routing.prefer: "11" (expected: quality, balanced, price, speed, or 0 (cheapest) to 10 (best))
tls: {certificate: c.pem, key: k.pem}¶listne: | 1: tls.certificate: cannot be read (expected: a PEM file)
# later
routing: {max_retries: 0}                    | 1: routing.max_retries: not yet supported (leave it out, or 2)
routing: {models: ["openai/*"]}              | 1: routing.models: not yet supported (leave it out, or ["*"])
billing: {mode: prepaid}                     | 1: billing.mode: not yet supported (leave it out, or metered)
billing: {markup_percent: 2.5}               | 1: billing.markup_percent: not yet supported (leave it out, or 0)
privacy: {zdr: true}                         | 1: privacy.zdr: not yet supported (leave it out, or false)
# variables
listen: ${NOT_SET}                           | 1: listen: ${NOT_SET} is not set (expected: the environment variable NOT_SET, or ${NOT_SET:-default})
¶¶keys: [{name: a, key: "${NOT_SET}"}]       | 3: keys[0].key: ${NOT_SET} is not set (expected: the environment variable NOT_SET, or ${NOT_SET:-default})
listen: "${A"                                | 1: listen: "${A" (expected: a } after ${, or $${ for the two characters)
listen: "${1A}"                              | 1: listen: "${1A}" (expected: ${NAME} or ${NAME:-default})
listen: "${}"                                | 1: listen: "${}" (expected: ${NAME} or ${NAME:-default})
listen: "${A:-${B}}"                         | 1: listen: "${A:-${B}" (expected: ${NAME} or ${NAME:-default})
listen: "${A:x}"                             | 1: listen: "${A:x}" (expected: ${NAME} or ${NAME:-default})
listen: "${WORD}"                            | 1: listen: "${WORD}" as expanded (expected: host:port such as 127.0.0.1:4680, [::1]:4680 or 4680)
# syntax
keys: [{name: a, key: ${WORD}}]              | 1: not YAML: expected ',' or '}', but got { ("${NAME}" needs quotes inside braces)
a: b: c                                      | 1: not YAML: mapping values are not allowed here
limits:¶\tbody: 1MiB                         | 2: not YAML: found character '\\t(TAB)' that cannot start any token
admin: {token: *hidden}                      | 1: an alias, anchor or tag that is not right (expected: quotes around a text that begins with *, & or !)
a: 1¶---¶b: 2                                | 2: not YAML: but found another document
listen: "a                                   | 1: not YAML: found unexpected end of stream
""")
    void oneWrongThingGivesOneMessage(String yaml, String message) {
        String text = yaml.replace('¶', '\n').replace("\\t", "\t");
        List<String> problems = reading.with("WORD", "hidden-word").problems(text);
        assertThat(problems).first().isEqualTo("penstock.yaml:" + message);
        assertThat(problems)
                .filteredOn(problem -> !problem.contains("tls.key") && !problem.contains("listne"))
                .hasSizeLessThanOrEqualTo(1 + (message.contains("listne") ? 1 : 0));
        assertThat(problems).noneMatch(problem -> problem.contains("hidden"));
    }

    @Test
    void allProblemsAreToldInTheOrderOfTheFile() {
        reading.with("PENSTOCK_KEY", "short");
        assertThat(reading.problems("""
                limits: {body: 0, idle: x}
                routing:
                  prefere: speed
                  auto: maybe
                listen: nowhere
                kyes: []
                """))
                .containsExactly(
                        "penstock.yaml:1: limits.body: 0B (expected: 1KiB to 1GiB)",
                        "penstock.yaml:1: limits.idle: \"x\" (expected: a duration such as 250ms, 10s, 30m, 2h or 90d)",
                        "penstock.yaml:3: routing.prefere: unknown field (did you mean \"prefer\"?)",
                        "penstock.yaml:4: routing.auto: \"maybe\" (expected: true or false)",
                        "penstock.yaml:5: listen: \"nowhere\" (expected: host:port such as 127.0.0.1:4680, [::1]:4680 or 4680)",
                        "penstock.yaml:6: kyes: unknown field (did you mean \"keys\"?)",
                        "PENSTOCK_KEY: 5 characters (expected: 20 to 200 visible ASCII characters)");
    }

    @Test
    void theMessageOfTheExceptionHasOneLinePerProblem() {
        assertThatThrownBy(() -> reading.read("a: 1\nb: 2"))
                .isInstanceOf(ConfigException.class)
                .hasMessageMatching("penstock.yaml:1: a: .*\npenstock.yaml:2: b: .*");
    }

    @Test
    void aFileFullOfProblemsTellsTheFirstHundred() {
        var yaml = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            yaml.append("field").append(i).append(": x\n");
        }
        assertThat(reading.problems(yaml.toString())).hasSize(101).last().isEqualTo("… and 900 more");
    }

    @Test
    void noSecretStandsInAMessage() {
        String hidden = "hush-0123456789-hush";
        reading.with("HIDDEN", hidden).with("OPENAI_API_KEY", hidden + " ").with("PENSTOCK_ADMIN_TOKEN", hidden);
        for (String yaml : List.of(
                "listen: ${HIDDEN}",
                "data: \"${HIDDEN}\\0\"",
                "admin: {token: HUSH}",
                "admin: HUSH",
                "admin: [HUSH]",
                "admin: {token: {a: HUSH}}",
                "admin: {token: *HUSH}",
                "admin: {token: !HUSH x}",
                "admin: {token: &HUSH x}",
                "admin: {token: \"HUSH}",
                "admin: {token: HUSH: x}",
                "keys: HUSH",
                "keys: [HUSH]",
                "keys: [{name: a, key: HUSH é}]",
                "keys: [{name: a, key: [HUSH]}]",
                "keys: [{name: a, key: HUSH}, {name: b, key: HUSH}]",
                "providers: {openai: HUSH}",
                "providers: {openai: {api_key: HUSH é}}",
                "providers: {openai: {api_key: HUSH, api_keys: [{key: HUSH}]}}",
                "providers: {openai: {api_keys: [HUSH]}}",
                "providers: {openai: {api_keys: [{key: HUSH, weight: x}]}}",
                "providers: {openai: {api_key: k, headers: {a: \"HUSH\\r\"}}}",
                "providers: {l: {openai: \"http://x:HUSH@h/v1\"}}",
                "providers: {l: {openai: \"http://h/v1?k=HUSH\"}}",
                "providers: {l: {openai: \"http://h/v1\", api_key: \"HUSH\", models: x}}",
                "store: {url: \"jdbc:postgresql://u:HUSH@h\"}")) {
            assertThat(reading.problems(yaml.replace("HUSH", hidden)))
                    .as(yaml)
                    .isNotEmpty()
                    .noneMatch(problem -> problem.contains("hush"));
        }
    }

    @Test
    void aKeyInTheWrongPlaceIsNotShown() {
        for (String key : List.of("sk-ant-1", "gsk_123", "AIzaSyA1", "0123456789abcdef0123456789abcdef")) {
            assertThat(reading.problems(key + ": 1\nlisten: " + key + "\nproviders: {" + key + ": {}}\n"))
                    .as(key)
                    .hasSize(3)
                    .noneMatch(problem -> problem.contains(key));
        }
    }

    @Test
    void whatIsNoFileOfTextIsRefused() throws IOException {
        Path file = reading.directory.resolve("p.yaml");
        Files.createDirectory(file);
        assertThat(reading.problems(file, Reading.NO_FLAGS)).containsExactly("p.yaml: a directory (expected: a file)");
        Files.delete(file);

        reading.file(file, "a: b\nlisten: caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThat(reading.problems(file, Reading.NO_FLAGS)).containsExactly("p.yaml:2: not UTF-8");

        reading.file(file, "listen: 1\n".getBytes(StandardCharsets.UTF_16));
        assertThat(reading.problems(file, Reading.NO_FLAGS)).containsExactly("p.yaml:1: not UTF-8");

        reading.file(file, new byte[] {'a', ':', '\n', ' ', (byte) 0xE2, (byte) 0x82});
        assertThat(reading.problems(file, Reading.NO_FLAGS))
                .as("cut within a letter")
                .containsExactly("p.yaml:2: not UTF-8");

        reading.file(file, "a: b\nlisten: \u0007\n".getBytes(StandardCharsets.UTF_8));
        assertThat(reading.problems(file, Reading.NO_FLAGS))
                .containsExactly("p.yaml:2: a control character, U+0007 (expected: text)");

        reading.file(file, ("# " + "x".repeat(10 << 20)).getBytes(StandardCharsets.UTF_8));
        assertThat(reading.problems(file, Reading.NO_FLAGS)).containsExactly("p.yaml: more than 1MiB (expected: less)");
    }

    @Test
    void aFileThatMustNotBeReadIsRefused() throws IOException {
        reading.file("listen: 1");
        Path file = reading.directory.resolve("penstock.yaml");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
        assumeFalse(Files.isReadable(file), "root reads everything");
        assertThat(reading.problems()).containsExactly("penstock.yaml: permission denied");
    }

    @Test
    @Timeout(300)
    void aFileMadeToExhaustTheReaderIsRefusedSoon() {
        assertThat(reading.problems("a: " + "[".repeat(100_000)))
                .containsExactly("penstock.yaml:1: more than 32 levels (expected: at most 7)");
        assertThat(reading.problems("a: " + "{a: ".repeat(100_000)))
                .containsExactly("penstock.yaml:1: more than 32 levels (expected: at most 7)");
        assertThat(reading.problems("a:\n- " + "- ".repeat(100_000)))
                .containsExactly("penstock.yaml:2: more than 32 levels (expected: at most 7)");

        var laughs = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 9; i++) {
            laughs.append("a" + i + ": &a" + i + " [" + ("*a" + (i - 1) + ", ").repeat(9) + "]\n");
        }
        assertThat(reading.problems(laughs.toString()))
                .containsExactly("penstock.yaml: more than 50 aliases (expected: few)");

        assertThat(reading.problems("keys: &k [{name: a, key: *k}]\nproviders: &p {a: *p}\n"))
                .as("what contains itself")
                .containsExactly(
                        "penstock.yaml:1: keys[0].key: a list (expected: one value)",
                        "penstock.yaml:2: providers.a.a: unknown field (expected: openai, anthropic, responses, api_key, api_keys, headers, models)");
    }

    @Test
    void aCircleOfAliasesIsRefusedInCodeToo() {
        assertThatThrownBy(() -> Config.builder()
                        .alias("a", "b")
                        .alias("b", "c")
                        .alias("c", "b")
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("aliases: b → c → b, a circle (expected: a model id at its end)");
    }

    @Test
    void aDamagedFileIsReadOrRefusedButNeverBreaksTheReader() {
        long seed = System.nanoTime();
        var random = new Random(seed);
        for (String variable :
                List.of("PENSTOCK_ADMIN_TOKEN", "AGENT_KEY", "ANTHROPIC_API_KEY", "DS_A", "DS_B", "LAB_KEY")) {
            reading.with(variable, "0123456789-0123456789-" + variable);
        }
        String pieces = "{}[]:,-\"'|>&*!%#@`\n\t ~?$\\\u0000\u0085\uD83D1a";
        for (int i = 0; i < 500; i++) {
            var yaml = new StringBuilder(ConfigReaderTest.HONOURED);
            for (int changes = random.nextInt(4) + 1; changes > 0; changes--) {
                int at = random.nextInt(yaml.length());
                char piece = pieces.charAt(random.nextInt(pieces.length()));
                switch (random.nextInt(4)) {
                    case 0 -> yaml.setCharAt(at, piece);
                    case 1 -> yaml.insert(at, piece);
                    case 2 -> yaml.delete(at, Math.min(yaml.length(), at + random.nextInt(40)));
                    default -> yaml.setLength(at + 1);
                }
            }
            reading.file(yaml.toString());
            try {
                assertThat(reading.read()).isNotNull();
            } catch (ConfigException refused) {
                assertThat(refused.problems()).allMatch(problem -> problem.startsWith("penstock.yaml:"));
            } catch (RuntimeException | StackOverflowError broken) {
                throw new AssertionError("seed " + seed + ":\n" + yaml, broken);
            }
        }
    }

    @Test
    void aBuilderRefusesWhatAFileRefuses() {
        assertThatThrownBy(() -> Config.builder().listen("0.0.0.0", 1).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("listen: \"0.0.0.0:1\" (expected: an admin token");
        assertThatThrownBy(() -> Config.builder().key("a", "short"))
                .hasMessage("key: 5 characters (expected: 20 to 200 visible ASCII characters)");
        assertThatThrownBy(
                        () -> Config.builder().store("jdbc:sqlite:<data>/x.db").build())
                .hasMessage("store.url: \"jdbc:sqlite:<data>/x.db\" (expected: a data directory, or no <data>)");
        assertThatThrownBy(() -> LimitsConfig.builder().idle(Duration.ZERO).build())
                .hasMessage("idle: 0s (expected: 100ms to 1d)");
        assertThatThrownBy(() -> ProviderConfig.builder("x").openai("https://h").build())
                .hasMessage("no credential (expected: api_key; any text will do for a server that asks for none)");
        assertThatThrownBy(() -> ProviderConfig.builder("x").header("Host", "y").build())
                .hasMessage("headers: \"Host\" (expected: a header that Penstock does not set itself)");
        assertThatThrownBy(() -> PriceConfig.usd("1", "x"))
                .hasMessage("output: \"x\" (expected: USD such as 0.15, 0 to 1000, at most nine decimals)");
        assertThatThrownBy(() -> ModelConfig.builder("").build())
                .hasMessageStartingWith("id: \"\" (expected: a model id");
    }

    @Test
    void aBuilderWithoutDataKeepsNothingOnDisk() {
        Config config = Config.builder().listen("127.0.0.1", 0).build();
        assertThat(config.data()).isNull();
        assertThat(config.store().url()).isNull();
        assertThat(Config.builder().data(Path.of("d")).build().store().url()).isEqualTo("jdbc:sqlite:d/penstock.db");
    }
}
