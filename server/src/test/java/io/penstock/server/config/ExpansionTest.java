package io.penstock.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpansionTest {
    private final Expansion expansion =
            new Expansion(Map.of("A", "one", "_b2", "two", "EMPTY", "", "NESTED", "${A}", "DOLLAR", "$"));

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\0',
            delimiter = '|',
            value = {
                "plain|plain",
                "${A}|one",
                "x${A}y${_b2}z|xoneytwoz",
                "${A}${A}|oneone",
                "${A:-other}|one",
                "${NONE:-other}|other",
                "${EMPTY:-other}|other",
                "[${NONE:-}]|[]",
                "[${EMPTY}]|[]",
                "${NONE:-a:-b}|a:-b",
                "${NONE:-http://h/?a$b}|http://h/?a$b",
                "$|$",
                "$$|$$",
                "$A {A} a$|$A {A} a$",
                "$${A}|${A}",
                "$$${A}|$${A}",
                "$${A}${A}|${A}one",
                "${A}$${|one${",
                "${NESTED}|${A}",
                "${DOLLAR}{A}|${A}",
                "}${A}}|}one}",
            })
    void aVariableStandsForItsValue(String text, String expanded) {
        assertThat(expansion.expand("field", text)).isEqualTo(expanded);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"${", "${A", "a${A:-b", "${}", "${ A}", "${A }", "${1}", "${A-B}", "${:-x}", "${A:-${B}}", "${É}"
            })
    void anythingElseIsRefused(String text) {
        assertThatThrownBy(() -> expansion.expand("field", text))
                .isInstanceOf(Unfit.class)
                .hasMessageStartingWith("field: ");
    }

    @Test
    void aVariableWithoutValueAndDefaultIsNamed() {
        assertThatThrownBy(() -> expansion.expand("field", "x${NONE}"))
                .hasMessage("field: ${NONE} is not set (expected: the environment variable NONE, or ${NONE:-default})");
        assertThat(expansion.used("NONE")).isTrue();
        assertThat(expansion.used("A")).isFalse();
    }
}
