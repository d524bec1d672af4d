package io.penstock.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** All 318 files of Nicolas Seriot's JSONTestSuite, as a body and as a value in one. */
class JsonTestSuiteTest {
    @ParameterizedTest
    @MethodSource("files")
    void theVerdictIsTheOneOfTheSuite(String name) throws Exception {
        byte[] document = Files.readAllBytes(directory().resolve(name));
        byte[] inside = wrapped(document);
        assertThat(Bodies.scan(document).finish()).as("as a body").isEqualTo(Bodies.isValid(document));
        if (name.startsWith("y_")) {
            assertThat(Bodies.scan(inside).problem()).as("as a value").isNull();
        } else if (name.startsWith("n_")) {
            assertThat(Bodies.scan(document).finish()).as("as a body").isFalse();
            assertThat(Bodies.scan(inside).finish()).as("as a value").isFalse();
        } else {
            assertThat(Bodies.scan(inside).finish()).as("as a value").isEqualTo(Bodies.isValid(inside));
        }
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyCutGivesTheSame(String name) throws Exception {
        byte[] body = wrapped(Files.readAllBytes(directory().resolve(name)));
        BodyScanner scanner = new BodyScanner();
        String whole = Bodies.charge(scanner, body);
        for (int cut = 0; cut <= Math.min(body.length, 2_000); cut++) {
            assertThat(Bodies.charge(scanner, body, cut)).as("cut at %d", cut).isEqualTo(whole);
        }
    }

    @Test
    void anObjectOfTheSuiteIsAccepted() throws Exception {
        int objects = 0;
        for (String name : files()) {
            byte[] document = Files.readAllBytes(directory().resolve(name));
            if (name.startsWith("y_")
                    && new String(document, StandardCharsets.UTF_8).strip().startsWith("{")) {
                objects++;
                String problem = Bodies.scan(document).problem();
                if (name.startsWith("y_object_duplicated_key")) {
                    assertThat(problem).as(name).isEqualTo("duplicate field \"a\" at byte 9");
                } else {
                    assertThat(problem).as(name).isNull();
                }
            }
        }
        assertThat(objects).isGreaterThan(10);
    }

    private static byte[] wrapped(byte[] document) throws IOException {
        var body = new ByteArrayOutputStream();
        body.write(Bodies.utf8("{\"x\":"));
        body.write(document);
        body.write('}');
        return body.toByteArray();
    }

    static List<String> files() throws IOException, URISyntaxException {
        try (Stream<Path> files = Files.list(directory())) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".json"))
                    .sorted()
                    .toList();
        }
    }

    private static Path directory() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(JsonTestSuiteTest.class.getResource("/json-test-suite"))
                .toURI());
    }
}
