package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Thoughts that come back whole or in pieces. The seed of a failure is in its message. */
class ReasoningDetailsTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    @Test
    void everyFragmentationOfThoughtsMergesToTheSame() {
        Chance chance = new Chance(SEED);
        for (int run = 0; run < 2_000; run++) {
            List<String> whole = new ArrayList<>();
            List<String> pieces = new ArrayList<>();
            for (int index = 0, thoughts = chance.below(5); index < thoughts; index++) {
                boolean encrypted = chance.one(4);
                boolean signed = encrypted || !chance.one(3);
                String seal = "\"penstock:acme:" + (encrypted ? "redacted" : "signature") + "::" + chance.letters("s+/")
                        + "\"";
                String text = chance.text();
                String rest = ",\"id\":" + (chance.one(2) ? "null" : "\"rs_" + index + "\"")
                        + ",\"format\":\"unknown\",\"index\":" + index + "}";
                if (encrypted) {
                    String entry = "{\"type\":\"reasoning.encrypted\",\"data\":" + seal + rest;
                    whole.add(entry);
                    pieces.add(entry);
                    continue;
                }
                String type = "{\"type\":\"reasoning.text\",\"text\":";
                whole.add(type + chance.string(text) + ",\"signature\":" + (signed ? seal : "null") + rest);
                List<String> cuts = chance.cut(text);
                boolean apart = chance.one(2);
                for (int i = 0; i < cuts.size(); i++) {
                    boolean last = i == cuts.size() - 1 && !apart;
                    pieces.add(type
                            + chance.string(cuts.get(i))
                            + (last && signed ? ",\"signature\":" + seal : chance.one(2) ? ",\"signature\":null" : "")
                            + rest);
                }
                if (apart && signed) {
                    pieces.add(type + (chance.one(2) ? "\"\"" : "null") + ",\"signature\":" + seal + rest);
                }
            }
            assertThat(read(pieces))
                    .as("seed %d, run %d: %s", SEED, run, pieces)
                    .isEqualTo(read(whole));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // a signed thought is complete
                "t,a,,0 t,,S,0 t,b,,0 t,,Z,0 | a S / b Z",
                "t,a,S,0 t,b,S,0 | ab S",
                "t,a,,0 t,b,,1 t,,S,0 t,,Z,1 | a S / b Z",
                // whole thoughts without an index are as many as there are
                "t,a,, t,b,, | a / b",
                "t,a,, t,,S, t,b,, | a S / b",
                "t,a,S, t,b,Z, | a S / b Z",
                // never a signature without what it signs
                "t,,S,0 | ``",
                "t,,,0 | ``",
                "e,S,,0 | S",
                "t,a,,0 e,S,,0 t,b,,0 | ab / S",
            })
    void whatBelongsTogetherIsTold(String entries, String expected) {
        List<String> json = new ArrayList<>();
        for (String entry : entries.split(" ", -1)) {
            String[] fields = entry.split(",", -1);
            String content = fields[0].equals("t") ? fields[1] : seal(fields[1]);
            json.add("{\"type\":\"reasoning." + (fields[0].equals("t") ? "text\",\"text" : "encrypted\",\"data")
                    + "\":\""
                    + content + "\"" + (fields[2].isEmpty() ? "" : ",\"signature\":\"" + seal(fields[2]) + "\"")
                    + (fields[3].isEmpty() ? "" : ",\"index\":" + fields[3]) + "}");
        }
        assertThat(String.join(" / ", read(json))).isEqualTo(expected);
    }

    private static String seal(String payload) {
        return "penstock:acme:signature::" + payload;
    }

    private static List<String> read(List<String> entries) {
        byte[] json = ("[" + String.join(",", entries) + "]").getBytes(StandardCharsets.UTF_8);
        JsonTape tape = new JsonTape();
        assertThat(tape.parse(json, 0, json.length)).isTrue();
        List<Part> parts = new ArrayList<>();
        ReasoningDetails.read(tape, JsonTape.ROOT, parts);
        return parts.stream()
                .map(part -> (Part.Thinking) part)
                .map(thought -> (thought.text().text()
                                + (thought.opaque() == null
                                        ? ""
                                        : " " + thought.opaque().payload()))
                        .strip())
                .collect(Collectors.toList());
    }
}
