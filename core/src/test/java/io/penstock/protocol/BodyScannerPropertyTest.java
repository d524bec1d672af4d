package io.penstock.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Random documents against Jackson. The seed of a failure is in its message; set it below to see it again. */
class BodyScannerPropertyTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    private final BodyScanner scanner = new BodyScanner();

    @Test
    void theVerdictIsJacksonsAndNoCutChangesAnything() {
        Random random = new Random(SEED);
        int accepted = 0;
        for (int run = 0; run < 20_000; run++) {
            byte[] body = Bodies.random(random);
            if (random.nextInt(3) != 0) {
                body = Bodies.mutated(random, body);
            }
            String about = "seed " + SEED + ", run " + run + ": " + new String(body, StandardCharsets.UTF_8);
            String whole = Bodies.charge(scanner, body);
            boolean valid = Bodies.isValid(body);
            accepted += valid ? 1 : 0;
            assertThat(!whole.startsWith("refused")).as(about).isEqualTo(valid);
            int one = random.nextInt(body.length + 1);
            int two = one + random.nextInt(body.length + 1 - one);
            assertThat(Bodies.charge(scanner, body, one, two)).as(about).isEqualTo(whole);
        }
        assertThat(accepted).as("seed %d", SEED).isBetween(4_000, 16_000);
    }

    @Test
    void everyCutIntoTwoAndIntoSingleBytesGivesTheSame() {
        Random random = new Random(SEED);
        for (int run = 0; run < 150; run++) {
            byte[] body = Bodies.random(random);
            String whole = Bodies.charge(scanner, body);
            int[] all = new int[body.length];
            for (int cut = 0; cut < body.length; cut++) {
                all[cut] = cut;
                assertThat(Bodies.charge(scanner, body, cut))
                        .as("seed %d, run %d, cut at %d", SEED, run, cut)
                        .isEqualTo(whole);
            }
            assertThat(Bodies.charge(scanner, body, all))
                    .as("seed %d, run %d", SEED, run)
                    .isEqualTo(whole);
        }
    }

    @Test
    void fieldsLieWhereJacksonSeesThem() {
        Random random = new Random(SEED);
        for (int run = 0; run < 3_000; run++) {
            byte[] body = Bodies.random(random);
            BodyScanner found = Bodies.scan(body);
            if (!found.finish()) {
                continue;
            }
            ChatRequest request = found.request();
            int index = 0;
            try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), body)) {
                parser.nextToken();
                assertThat(parser.currentTokenLocation().getByteOffset()).isEqualTo(request.objectStart());
                for (; parser.nextToken() == JsonToken.PROPERTY_NAME; index++) {
                    String about = "seed " + SEED + ", run " + run + ", field " + index;
                    assertThat(request.name(index)).as(about).isEqualTo(parser.getString());
                    assertThat((long) request.nameStart(index))
                            .as(about)
                            .isEqualTo(parser.currentTokenLocation().getByteOffset());
                    parser.nextToken();
                    assertThat((long) request.valueStart(index))
                            .as(about)
                            .isEqualTo(parser.currentTokenLocation().getByteOffset());
                    parser.skipChildren();
                    parser.finishToken();
                    String value = new String(
                            body,
                            request.valueStart(index),
                            request.valueEnd(index) - request.valueStart(index),
                            StandardCharsets.UTF_8);
                    assertThat(value).as(about).isEqualTo(value.strip());
                    assertThat(Bodies.isValid(Bodies.utf8("{\"x\":" + value + "}")))
                            .as(about)
                            .isTrue();
                }
                assertThat(parser.currentTokenLocation().getByteOffset()).isEqualTo(request.objectEnd());
            }
            assertThat(request.fieldCount()).isEqualTo(index);
        }
    }
}
