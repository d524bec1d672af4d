package io.penstock.server.attempt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.error.GatewayException;
import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.ThinkingRecall;
import io.penstock.provider.Endpoint;
import io.penstock.provider.Provider;
import io.penstock.server.face.Operation;
import io.penstock.server.upstream.Address;
import io.penstock.server.upstream.Target;
import io.penstock.server.wire.MemoryBudget;
import io.penstock.server.wire.RequestBody;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RewriteTest {
    private static final long SEED = System.nanoTime();

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // the model's own name there
                "{\"model\":\"a/b\",\"x\":[1.0e0]} | {\"model\":\"native\",\"x\":[1.0e0]}",
                "{ \"model\" : \"\\u0061/b\" } | { \"model\" : \"native\" }",
                "{\"model\":\"native\"} | {\"model\":\"native\"}",
                // usage at the end of a stream, always
                "{\"model\":\"native\",\"stream\":true} | {\"model\":\"native\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
                "{\"stream\":true,\"stream_options\":{},\"model\":\"native\"} | {\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"native\"}",
                "{\"stream\":true,\"stream_options\":null,\"model\":\"native\"} | {\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"native\"}",
                "{\"stream\":true,\"stream_options\":{ \"a\":1},\"model\":\"native\"} | {\"stream\":true,\"stream_options\":{\"include_usage\":true, \"a\":1},\"model\":\"native\"}",
                "{\"stream\":true,\"stream_options\":{\"include_usage\":false},\"model\":\"native\"} | {\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"native\"}",
                "{\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"native\"} | {\"stream\":true,\"stream_options\":{\"include_usage\":true},\"model\":\"native\"}",
                "{\"stream\":false,\"model\":\"native\"} | {\"stream\":false,\"model\":\"native\"}",
                // the newer name of the output limit
                "{\"max_tokens\" : 5,\"model\":\"native\"} | {\"max_completion_tokens\" : 5,\"model\":\"native\"}",
                "{\"max_tokens\":5,\"max_completion_tokens\":6,\"model\":\"native\"} | {\"max_tokens\":5,\"max_completion_tokens\":6,\"model\":\"native\"}",
                // OpenRouter's own fields
                "{\"usage\":{\"include\":true},\"model\":\"native\"} | {\"model\":\"native\"}",
                "{\"model\":\"native\",\"usage\":{\"include\":true}} | {\"model\":\"native\"}",
                "{\"usage\":1 , \"route\":2 ,\"model\":\"native\" , \"trace\":{} , \"x\":1, \"debug\":{}} | {\"model\":\"native\" , \"x\":1}",
                "{\"model\":\"a/b\",\"models\":[\"c/d\"],\"stream\":true} | {\"model\":\"native\",\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
                "{\"model\":\"native\",\"reasoning\":{\"effort\":\"high\"}} | {\"model\":\"native\",\"reasoning_effort\":\"high\"}",
                "{\"model\":\"native\",\"reasoning\":{\"max_tokens\":9},\"x\":1} | {\"model\":\"native\",\"x\":1}",
                "{\"reasoning\":{\"effort\":\"low\"},\"reasoning_effort\":\"high\",\"model\":\"native\"} | {\"reasoning_effort\":\"high\",\"model\":\"native\"}",
            })
    void onlyWhatMustChangeChanges(String body, String expected) {
        for (int pieces = 1; pieces <= 5; pieces++) {
            assertThat(rewritten(body, pieces, target("lab"))).as(body).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"plugins", "preset"})
    void aFieldThatMayNeitherBeSentNorDroppedIsRefusedByName(String field) {
        String body = "{\"model\":\"native\",\"" + field + "\":{}}";
        assertThatThrownBy(() -> rewritten(body, 1, target("lab")))
                .isInstanceOf(GatewayException.class)
                .hasMessage("unsupported parameter: " + field + " (not yet; leave it out)");
        assertThat(rewritten(body, 1, target("openrouter"))).isEqualTo(body);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"order\":[\"a\"]} | unsupported parameter: provider.order (not yet; leave it out)",
                "{\"require_parameters\":true,\"zdr\":true} | unsupported parameter: provider.zdr (not yet; leave it out)",
                "{\"require_parameters\":1} | invalid JSON body: provider.require_parameters must be true or false",
                "[] | invalid JSON body: provider must be an object",
            })
    void aPreferenceThatIsNotUnderstoodIsRefusedByName(String preferences, String message) {
        String body = "{\"model\":\"native\",\"provider\":" + preferences + "}";
        assertThatThrownBy(() -> rewritten(body, 1, target("lab")))
                .isInstanceOf(GatewayException.class)
                .hasMessage(message);
        assertThat(rewritten(body, 1, target("openrouter"))).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "null", "{\"require_parameters\":false}", "{\"allow_fallbacks\":false}"})
    void aPreferenceThatIsKeptHereIsNotSent(String preferences) {
        assertThat(rewritten("{\"provider\":" + preferences + ",\"model\":\"native\"}", 1, target("lab")))
                .isEqualTo("{\"model\":\"native\"}");
    }

    @Test
    void whatAModelThatThinksRefusesIsNotSentToItsProvider() {
        String body =
                "{\"temperature\":0,\"model\":\"native\",\"logprobs\":true,\"stop\":\"x\",\"seed\":1,\"top_p\":1}";
        assertThat(rewritten(body, 1, target("openai"))).isEqualTo("{\"model\":\"native\",\"seed\":1}");
        assertThat(rewritten(body, 1, target("lab"))).isEqualTo(body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"deepseek", "mistral", "zai", "together"})
    void theOutputLimitHasTheNameThatTheProviderKnows(String provider) {
        assertThat(rewritten("{\"model\":\"native\",\"max_completion_tokens\":5}", 1, target(provider), false))
                .isEqualTo("{\"model\":\"native\",\"max_tokens\":5}");
        assertThat(rewritten("{\"model\":\"native\",\"max_completion_tokens\":5}", 1, target("lab"), false))
                .isEqualTo("{\"model\":\"native\",\"max_completion_tokens\":5}");
    }

    @Test
    void thePromptsPrefixKeepsItsBytesFromTurnToTurn() {
        Random random = new Random(SEED);
        String prefix = "{\"messages\":[{\"role\":\"user\",\"content\":\"1.0 \\u00e9 \\/ é\"}";
        String first = prefix + "],\"model\":\"a/b\",\"stream\":true}";
        String second = prefix + ",{\"role\":\"assistant\",\"content\":\"x\"}],\"model\":\"a/b\",\"stream\":true}";
        for (int i = 0; i < 50; i++) {
            int pieces = 1 + random.nextInt(20);
            assertThat(rewritten(first, pieces, target("lab")))
                    .as("seed %d", SEED)
                    .startsWith(prefix);
            assertThat(rewritten(second, pieces, target("lab")))
                    .as("seed %d", SEED)
                    .startsWith(prefix);
        }
    }

    @Test
    void asManyChangesAsABodyHasThoughtsAreWrittenAndTheirRoomGivenBack() {
        Random random = new Random(SEED);
        BodyEdits edits = new BodyEdits();
        for (int changes : new int[] {3, 20_000, 3}) {
            edits.clear();
            RequestBody body = new RequestBody(new MemoryBudget(Long.MAX_VALUE));
            StringBuilder before = new StringBuilder();
            StringBuilder after = new StringBuilder();
            for (int i = 0; i < changes; i++) {
                String kept = "k".repeat(random.nextInt(8));
                before.append(kept).append("old");
                after.append(kept).append(i);
                int end = before.length();
                edits.replace(end - 3, end, ("" + i).getBytes(StandardCharsets.UTF_8));
            }
            byte[] bytes = before.append("end").toString().getBytes(StandardCharsets.UTF_8);
            body.add(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
            ByteBuf out = Unpooled.buffer();
            edits.copy(body, out);
            assertThat(out.toString(StandardCharsets.UTF_8)).as("seed %d", SEED).isEqualTo(after + "end");
            assertThat(edits.bytes(body)).isEqualTo(out.readableBytes());
            body.release();
        }
    }

    @Test
    void aRememberedThoughtIsNotToldWithoutEndForOneRequest() {
        ThinkingMemory memory = new ThinkingMemory(true, () -> 0);
        byte[] thought = new byte[(int) (ThinkingMemory.BYTES_MAX / 8)];
        memory.keep(1, Map.of("call_1", thought));
        ThinkingRecall once = memory.of(1);
        for (int i = 0; i < 8; i++) {
            assertThat(once.before("call_1")).isEqualTo(thought);
        }
        assertThat(once.before("call_1")).isNull();
        assertThat(memory.of(1).before("call_1")).isEqualTo(thought);
    }

    private static String rewritten(String text, int pieces, Target target) {
        return rewritten(text, pieces, target, true);
    }

    private static String rewritten(String text, int pieces, Target target, boolean thinks) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        BodyScanner scanner = new BodyScanner();
        RequestBody body = new RequestBody(new MemoryBudget(Long.MAX_VALUE));
        for (int i = 0; i < pieces; i++) {
            int from = bytes.length * i / pieces;
            int to = bytes.length * (i + 1) / pieces;
            scanner.feed(bytes, from, to);
            body.add(Unpooled.wrappedBuffer(bytes), from, to);
        }
        assertThat(scanner.finish()).as(scanner.problem()).isTrue();
        Offer offer = new Offer(target.provider(), "native", Price.FREE, 1000, 100, Set.of(Protocol.OPENAI));
        Model model = Model.builder("a/b")
                .limits(1000, 100)
                .needsMaxCompletionTokens(thinks)
                .parameters(List.of("max_tokens", "seed"))
                .offers(List.of(offer))
                .build();
        BodyEdits edits = new BodyEdits();
        Rewrite.check(scanner.request(), body, target);
        Rewrite.collect(edits, scanner.request(), body, Operation.CHAT, model, offer, target);
        ByteBuf out = Unpooled.buffer();
        edits.copy(body, out);
        assertThat(out.readableBytes()).isEqualTo(edits.bytes(body));
        body.release();
        return out.toString(StandardCharsets.UTF_8);
    }

    private static Target target(String provider) {
        Endpoint endpoint = Endpoint.of(Protocol.OPENAI, "http://127.0.0.1:1/v1");
        return new Target(
                Provider.of(provider, endpoint),
                endpoint,
                new Address("127.0.0.1", 1, null, null),
                List.of(new Target.Key("secret", 1)),
                Map.of(),
                "test");
    }
}
