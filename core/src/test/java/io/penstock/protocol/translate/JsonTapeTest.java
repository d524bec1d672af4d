package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/** Against Jackson. The seed of a failure is in its message. */
class JsonTapeTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final JsonFactory JACKSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(JsonTape.DEPTH_MAX)
                    .build())
            .build();

    private final JsonTape tape = new JsonTape();

    @ParameterizedTest
    @MethodSource("files")
    void theVerdictOnTheSuiteIsJacksons(Path file) throws IOException {
        byte[] text = Files.readAllBytes(file);
        assertThat(parse(text)).as(file.toString()).isEqualTo(isJson(text));
        if (Objects.toString(file.getFileName(), "").startsWith("y_")) {
            assertThat(parse(text)).isTrue();
        }
    }

    @Test
    void whatIsWalkedIsWhatJacksonReads() {
        Chance chance = new Chance(SEED);
        for (int run = 0; run < 3_000; run++) {
            String json = chance.object(0);
            byte[] text = utf8(json);
            String about = "seed " + SEED + ", run " + run + ": " + json;
            assertThat(parse(text)).as(about).isTrue();
            assertThat(tree(JsonTape.ROOT).toString())
                    .as(about)
                    .isEqualTo(Json.parse(text).toString());
            assertThat(tape.raw(JsonTape.ROOT).toString()).as(about).isEqualTo(json);
            for (int cut = 0; cut < text.length; cut++) {
                assertThat(tape.parse(text, 0, cut))
                        .as("cut at " + cut + ", " + about)
                        .isFalse();
            }
        }
    }

    @Test
    void aChangedTextIsTakenOrRefusedAsByJackson() {
        Chance chance = new Chance(SEED);
        int taken = 0;
        for (int run = 0; run < 20_000; run++) {
            byte[] text = utf8(chance.object(0));
            for (int changes = 1 + chance.below(2); changes > 0; changes--) {
                text[chance.below(text.length)] =
                        (byte) (chance.one(2) ? "\"\\{}[],:0u-.e \n".charAt(chance.below(15)) : chance.below(256));
            }
            boolean expected = isJson(text);
            taken += expected ? 1 : 0;
            assertThat(parse(text))
                    .as("seed " + SEED + ", run " + run + ": " + new String(text, StandardCharsets.UTF_8))
                    .isEqualTo(expected);
        }
        assertThat(taken).as("seed " + SEED).isBetween(500, 18_000);
    }

    /** The index grows by replacing its arrays, which each kind of value must survive. */
    @ParameterizedTest
    @ValueSource(strings = {"1", "\"a\"", "true", "null", "[]", "{}", "{\"a\":1}"})
    void everyKindOfValueMayStandWhereTheIndexGrows(String value) {
        for (int count = 1; count < 300; count++) {
            String json = "[" + (value + ",").repeat(count - 1) + value + "]";
            JsonTape fresh = new JsonTape();
            byte[] text = utf8(json);
            assertThat(fresh.parse(text, 0, text.length)).isTrue();
            int found = 0;
            for (int at = fresh.first(JsonTape.ROOT); at < fresh.next(JsonTape.ROOT); at = fresh.next(at)) {
                assertThat(fresh.raw(at).toString()).isEqualTo(value);
                found++;
            }
            assertThat(found).isEqualTo(count);
        }
    }

    @Test
    void namesAreFoundHoweverTheyAreEscapedAndTheLastOneCounts() {
        parse(utf8("{\"a\":1,\"\\u0061\":2,\"ab\":3,\"b\":{\"a\":4}}"));
        assertThat(tape.raw(tape.get(JsonTape.ROOT, "a")).toString()).isEqualTo("2");
        assertThat(tape.get(JsonTape.ROOT, "c")).isEqualTo(JsonTape.NONE);
        assertThat(tape.get(tape.get(JsonTape.ROOT, "a"), "a")).isEqualTo(JsonTape.NONE);
    }

    @Test
    void nothingIsAskedOfWhatIsNotThere() {
        parse(utf8("[]"));
        int none = tape.get(JsonTape.ROOT, "a");
        assertThat(tape.isObject(none)
                        || tape.isArray(none)
                        || tape.isString(none)
                        || tape.isNumber(none)
                        || tape.isTrue(none)
                        || tape.isFalse(none)
                        || tape.isValue(none)
                        || tape.isEmptyString(none)
                        || tape.is(none, ""))
                .isFalse();
        assertThat(tape.text(none)).isEmpty();
        assertThat(tape.wholeNumber(none)).isEqualTo(-1);
    }

    @Test
    void wholeNumbersHaveNineDigitsAtMostAndNoSign() {
        parse(utf8("[0,7,999999999,1000000000,-1,1.0,1e3,\"1\"]"));
        List<Integer> numbers = new ArrayList<>();
        for (int at = tape.first(JsonTape.ROOT); at < tape.next(JsonTape.ROOT); at = tape.next(at)) {
            numbers.add(tape.wholeNumber(at));
        }
        assertThat(numbers).containsExactly(0, 7, 999_999_999, -1, -1, -1, -1, -1);
    }

    @Test
    void aThousandLevelsAreTakenAndOneMoreIsNot() {
        assertThat(parse(utf8("[".repeat(1_000) + "]".repeat(1_000)))).isTrue();
        assertThat(parse(utf8("[".repeat(1_001) + "]".repeat(1_001)))).isFalse();
    }

    private boolean parse(byte[] text) {
        byte[] around = new byte[text.length + 4];
        java.util.Arrays.fill(around, (byte) '"');
        System.arraycopy(text, 0, around, 2, text.length);
        return tape.parse(around, 2, 2 + text.length);
    }

    private Json.Tree tree(int node) {
        return new Json.Tree(value(node));
    }

    private @Nullable Object value(int node) {
        if (tape.isObject(node)) {
            Map<String, @Nullable Object> object = new LinkedHashMap<>();
            for (int name = tape.first(node); name < tape.next(node); name = tape.next(name + 1)) {
                object.put(decoded(name), value(name + 1));
            }
            return object;
        }
        if (tape.isArray(node)) {
            List<@Nullable Object> array = new ArrayList<>();
            for (int at = tape.first(node); at < tape.next(node); at = tape.next(at)) {
                array.add(value(at));
            }
            return array;
        }
        if (tape.isString(node)) {
            return decoded(node);
        }
        if (tape.isNumber(node)) {
            return new BigDecimal(tape.raw(node).toString());
        }
        return tape.isTrue(node) ? Boolean.TRUE : tape.isFalse(node) ? Boolean.FALSE : null;
    }

    /** By Jackson from the slice, since the package leaves unpaired surrogates escaped. */
    private String decoded(int node) {
        return Json.parse("\"" + tape.slice(node) + "\"").text();
    }

    /** Whether Jackson takes it; every byte a character, for UTF-8 is none of the index's business. */
    private static boolean isJson(byte[] text) {
        String letters = new String(text, StandardCharsets.ISO_8859_1)
                .replaceAll(
                        "u[dD]",
                        "u0"); // unpaired surrogates, which Jackson refuses in names, are none of its business either
        try (JsonParser parser = JACKSON.createParser(ObjectReadContext.empty(), letters)) {
            JsonToken token = parser.nextToken();
            if (token == null) {
                return false;
            }
            parser.skipChildren();
            parser.finishToken();
            return parser.nextToken() == null;
        } catch (JacksonException e) {
            return false;
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static List<Path> files() throws Exception {
        Path directory = Path.of(Objects.requireNonNull(JsonTapeTest.class.getResource("/json-test-suite"))
                .toURI());
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }
}
