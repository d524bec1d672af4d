package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.Utf8;
import io.penstock.protocol.translate.Json.Tree;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random answers, told by a provider in any of the ways seen in the wild, are heard by a client of the other protocol as they
 * were meant; and come back from there as their maker needs them. The seed of a failure is in its message.
 */
class AnswerPropertyTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int RUNS = 400;

    @ParameterizedTest
    @MethodSource("pairs")
    void everyWayOfTellingMeansTheSame(Protocol client, Protocol provider) {
        Chance chance = new Chance(SEED);
        for (int run = 0; run < RUNS; run++) {
            Transcript said = Transcript.random(chance, provider);
            ProviderScript telling = new ProviderScript(chance, said);
            boolean details = client == Protocol.OPENAI && chance.one(2);
            List<String> events = telling.events();
            String about = "seed " + SEED + ", run " + run + " of " + client + " at " + provider + ", told as\n"
                    + String.join("\n", events);
            ClientView streamed;
            ClientView whole;
            try {
                streamed = ClientView.stream(client, stream(client, provider, details, events, telling));
                whole = ClientView.whole(client, whole(client, provider, details, telling));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError(about, e);
            }
            List<String> meant = said.lines(client, "acme", details);
            assertThat(streamed.lines()).as(about).isEqualTo(meant);
            assertThat(whole.lines()).as(about).isEqualTo(meant);
            assertThat(streamed.reason()).as(about).isEqualTo(reason(client, said));
            assertThat(whole.reason()).as(about).isEqualTo(reason(client, said));
            assertThat(streamed.usage()).as(about).isEqualTo(whole.usage());
            assertThat(counts(client, streamed.usage())).as(about).isEqualTo(said.counts());
        }
    }

    /** Signatures, redacted data, encrypted items and thought signatures go back byte for byte, and to nobody else. */
    @ParameterizedTest
    @MethodSource("pairs")
    void whatItsMakerSealedComesBackToItAndToNobodyElse(Protocol client, Protocol provider) {
        Chance chance = new Chance(SEED);
        for (int run = 0; run < RUNS; run++) {
            Transcript said = Transcript.random(chance, provider);
            ProviderScript telling = new ProviderScript(chance, said);
            boolean details = client == Protocol.OPENAI;
            String about = "seed " + SEED + ", run " + run + " of " + client + " at " + provider;
            ClientView heard = chance.one(2)
                    ? ClientView.stream(client, stream(client, provider, details, telling.events(), telling))
                    : ClientView.whole(client, whole(client, provider, details, telling));
            String next = next(client, said, heard);
            Tree back = request(client, provider, "acme", next);
            assertThat(owed(provider, back)).as(about + " with " + next).isEqualTo(said.owed());
            for (Protocol other : Protocol.values()) {
                if (other != client) {
                    Tree elsewhere = request(client, other, "rival", next);
                    assertThat(owed(other, elsewhere)).as(about).isEmpty();
                    assertThat(elsewhere.toString()).as(about).doesNotContain("penstock:");
                    for (Transcript.Piece piece : said.pieces()) {
                        if (piece.kind() == Transcript.Piece.TEXT) {
                            assertThat(texts(elsewhere)).as(about).contains(piece.text());
                        }
                    }
                }
            }
        }
    }

    /** Whatever bytes stand in a provider's strings, a client reads UTF-8, and all else as it was meant. */
    @ParameterizedTest
    @MethodSource("pairs")
    void whatIsNotUtf8ReachesNobody(Protocol client, Protocol provider) {
        Chance chance = new Chance(SEED);
        byte[][] wrong = {
            {(byte) 0xFF}, {(byte) 0xC3}, {(byte) 0xED, (byte) 0xA0, (byte) 0xBD}, {(byte) 0xC0, (byte) 0x80}
        };
        for (int run = 0; run < RUNS; run++) {
            Transcript said = Transcript.random(chance, provider);
            ProviderScript telling = new ProviderScript(chance, said);
            Translation translation = answering(client, provider, false);
            ByteArrayOutputStream heard = new ByteArrayOutputStream();
            JsonOut out = new JsonOut();
            for (String event : telling.events()) {
                byte[] bytes = spoilt(event, wrong[chance.below(wrong.length)]);
                assertThat(translation.event(bytes, 0, bytes.length, out)).isTrue();
                heard.write(out.bytes(), 0, out.length());
                out.clear();
            }
            translation.end(telling.usage(), out);
            heard.write(out.bytes(), 0, out.length());
            out.clear();
            byte[] whole = spoilt(telling.whole(), wrong[chance.below(wrong.length)]);
            assertThat(answering(client, provider, false).whole(whole, 0, whole.length, telling.usage(), out))
                    .isTrue();
            String about = "seed " + SEED + ", run " + run + " of " + client + " at " + provider;
            assertThat(Utf8.valid(heard.toByteArray(), 0, heard.size()))
                    .as(about)
                    .isTrue();
            assertThat(Utf8.valid(out.bytes(), 0, out.length())).as(about).isTrue();
            ClientView.stream(client, heard.toString(StandardCharsets.UTF_8)); // still whole, and in order
            ClientView.whole(client, text(out));
        }
    }

    /** The same JSON with other bytes in the place of every letter T, with which a text begins. */
    private static byte[] spoilt(String json, byte[] wrong) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte b : json.getBytes(StandardCharsets.UTF_8)) {
            if (b == 'T') {
                bytes.writeBytes(wrong);
            } else {
                bytes.write(b);
            }
        }
        return bytes.toByteArray();
    }

    private static Translation translation(Protocol client, Protocol provider, String maker) {
        Set<Quirk> quirks = provider == Protocol.OPENAI ? EnumSet.of(Quirk.THOUGHT_SIGNATURE) : Set.of();
        return Golden.translation(
                client, provider, new WireProfile(maker, "native-1", 8_192, true, true, false, Set.of(), quirks));
    }

    private static Translation answering(Protocol client, Protocol provider, boolean details) {
        Translation translation = translation(client, provider, "acme");
        translation.answer(
                new AnswerFacts("req-0a1b", 1_700_000_000L, "lab/model", details, true, 7, () -> 1_700_000_002L));
        return translation;
    }

    private static String stream(
            Protocol client, Protocol provider, boolean details, List<String> events, ProviderScript telling) {
        Translation translation = answering(client, provider, details);
        StringBuilder sse = new StringBuilder();
        JsonOut out = new JsonOut();
        for (String event : events) {
            byte[] bytes = ("###" + event + "]]").getBytes(StandardCharsets.UTF_8);
            assertThat(translation.event(bytes, 3, bytes.length - 2, out)).isTrue();
            java.util.Arrays.fill(bytes, (byte) '!'); // an event may be forgotten as soon as it was read
            sse.append(text(out));
            out.clear();
        }
        translation.end(telling.usage(), out);
        return sse.append(text(out)).toString();
    }

    private static String whole(Protocol client, Protocol provider, boolean details, ProviderScript telling) {
        byte[] answer = telling.whole().getBytes(StandardCharsets.UTF_8);
        JsonOut out = new JsonOut();
        assertThat(answering(client, provider, details).whole(answer, 0, answer.length, telling.usage(), out))
                .isTrue();
        return text(out);
    }

    private static String text(JsonOut out) {
        return new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
    }

    /** The client's next request: what it heard, and results of the calls in it. */
    private static String next(Protocol client, Transcript said, ClientView heard) {
        List<String> turns = new ArrayList<>();
        turns.add("{\"role\":\"user\",\"content\":\"Hi\"}");
        turns.addAll(heard.history());
        List<String> results = new ArrayList<>();
        for (Transcript.Piece piece : said.pieces()) {
            if (piece.kind() == Transcript.Piece.CALL) {
                results.add(
                        switch (client) {
                            case OPENAI ->
                                "{\"role\":\"tool\",\"tool_call_id\":\"" + piece.id() + "\",\"content\":\"ok\"}";
                            case ANTHROPIC ->
                                "{\"type\":\"tool_result\",\"tool_use_id\":\"" + piece.id() + "\",\"content\":\"ok\"}";
                            case RESPONSES ->
                                "{\"type\":\"function_call_output\",\"call_id\":\"" + piece.id()
                                        + "\",\"output\":\"ok\"}";
                        });
            }
        }
        if (client == Protocol.ANTHROPIC) {
            results.add("{\"type\":\"text\",\"text\":\"Go on\"}");
            turns.add("{\"role\":\"user\",\"content\":[" + String.join(",", results) + "]}");
        } else {
            turns.addAll(results);
            turns.add("{\"role\":\"user\",\"content\":\"Go on\"}");
        }
        String name = client == Protocol.RESPONSES ? "input" : "messages";
        return "{\"model\":\"m\",\"max_tokens\":100,\"" + name + "\":[" + String.join(",", turns) + "]}";
    }

    private static Tree request(Protocol client, Protocol provider, String maker, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        JsonOut out = new JsonOut();
        translation(client, provider, maker).request(body, 0, body.length, ThinkingRecall.NOTHING, out);
        return Json.parse(text(out));
    }

    /** What a request gives back to the maker, in order, as {@link Transcript#owed} has it. */
    private static List<String> owed(Protocol provider, Tree request) {
        List<String> owed = new ArrayList<>();
        for (Tree turn : request.get(provider == Protocol.RESPONSES ? "input" : "messages")
                .list()) {
            switch (provider) {
                case OPENAI -> {
                    for (Tree call : turn.get("tool_calls").list()) {
                        Tree signature = call.get("extra_content").get("google").get("thought_signature");
                        if (signature.isString()) {
                            owed.add(call.get("id").text() + " " + signature.text());
                        }
                    }
                }
                case ANTHROPIC -> {
                    for (Tree block : turn.get("content").list()) {
                        switch (block.get("type").text()) {
                            case "thinking" ->
                                owed.add(block.get("thinking").text() + " | "
                                        + block.get("signature").text());
                            case "redacted_thinking" ->
                                owed.add(" | " + block.get("data").text());
                            default -> {}
                        }
                    }
                }
                case RESPONSES -> {
                    if (turn.get("type").text().equals("reasoning")) {
                        List<Tree> summary = turn.get("summary").list();
                        owed.add(turn.get("id").text() + " "
                                + (summary.isEmpty()
                                        ? ""
                                        : summary.get(0).get("text").text()) + " | "
                                + turn.get("encrypted_content").text());
                    }
                }
            }
        }
        return owed;
    }

    /** Every text in a request, whatever its place. */
    private static String texts(Tree tree) {
        StringBuilder texts = new StringBuilder();
        texts.append(tree.text());
        tree.list().forEach(element -> texts.append(texts(element)));
        if (tree.value() instanceof Map<?, ?> object) {
            object.values().forEach(member -> texts.append(texts(new Tree(member))));
        }
        return texts.toString();
    }

    private static String reason(Protocol client, Transcript said) {
        boolean cut = Set.of("length", "max_tokens", "incomplete").contains(said.reason());
        return switch (client) {
            case OPENAI -> cut ? "length" : said.calls() ? "tool_calls" : "stop";
            case ANTHROPIC -> cut ? "max_tokens" : said.calls() ? "tool_use" : "end_turn";
            case RESPONSES -> cut ? "max_output_tokens" : "completed";
        };
    }

    /** Input without the cached, cached, output, reasoning. */
    private static int[] counts(Protocol client, Tree usage) {
        return switch (client) {
            case OPENAI -> {
                int cached =
                        usage.get("prompt_tokens_details").get("cached_tokens").number();
                yield new int[] {
                    usage.get("prompt_tokens").number() - cached,
                    cached,
                    usage.get("completion_tokens").number(),
                    usage.get("completion_tokens_details")
                            .get("reasoning_tokens")
                            .number()
                };
            }
            case ANTHROPIC ->
                new int[] {
                    usage.get("input_tokens").number(),
                    usage.get("cache_read_input_tokens").number(),
                    usage.get("output_tokens").number(),
                    Math.max(
                            0,
                            usage.get("output_tokens_details")
                                    .get("thinking_tokens")
                                    .number())
                };
            case RESPONSES -> {
                int cached =
                        usage.get("input_tokens_details").get("cached_tokens").number();
                yield new int[] {
                    usage.get("input_tokens").number() - cached,
                    cached,
                    usage.get("output_tokens").number(),
                    usage.get("output_tokens_details").get("reasoning_tokens").number()
                };
            }
        };
    }

    static List<Object[]> pairs() {
        List<Object[]> pairs = new ArrayList<>();
        for (Protocol client : Protocol.values()) {
            for (Protocol provider : Protocol.values()) {
                if (client != provider) {
                    pairs.add(new Object[] {client, provider});
                }
            }
        }
        return pairs;
    }
}
