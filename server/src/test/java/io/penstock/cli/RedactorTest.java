package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RedactorTest {
    private static final String KEY = "sk-or-v1-" + "3f2a9b07".repeat(8);

    private static String redact(Redactor redactor, String line) {
        byte[] bytes = ("before " + line + " behind").getBytes(StandardCharsets.UTF_8);
        int end = redactor.redact(bytes, 7, bytes.length - 7);
        return new String(bytes, 7, end - 7, StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "key=sk-proj-abcdefghijklmnop model=x | key=sk-*** model=x",
                "Authorization: Bearer abcdefghijkl. | Authorization: Bearer ***",
                "authorization: bearer \"abc\" | authorization: bearer \"abc\"",
                "label sk-or-v1-3f2…9ab stays | label sk-or-v1-3f2…9ab stays",
                "task-management-considerations | task-management-considerations",
                "two sk-aaaaaaaaaaaaaaaaaaaa,sk-bbbbbbbbbbbbbbbbbbbb | two sk-***,sk-***",
            })
    void whatLooksLikeASecretIsMasked(String line, String expected) {
        assertThat(redact(new Redactor(List.of()), line)).isEqualTo(expected);
    }

    @Test
    void aKnownSecretIsMaskedWhereverItStands() {
        var redactor = new Redactor(List.of("AIzaSy-äöü-0123456789", "gsk_12345678", "short"));
        var random = new Random(42);
        for (int run = 0; run < 2_000; run++) {
            var line = new StringBuilder();
            var expected = new StringBuilder();
            for (int part = 0; part < 6; part++) {
                int kind = random.nextInt(4);
                String text = "x ".repeat(random.nextInt(4));
                line.append(kind == 0 ? "AIzaSy-äöü-0123456789" : kind == 1 ? "gsk_12345678" : "short")
                        .append(text);
                expected.append(kind < 2 ? "***" : "short").append(text);
            }
            assertThat(redact(redactor, line.toString())).isEqualTo(expected.toString());
        }
    }

    @Test
    void aGatewayKeyIsMaskedThoughNobodyToldIt() {
        assertThat(redact(new Redactor(List.of()), "model=" + KEY)).isEqualTo("model=sk-***");
    }
}
