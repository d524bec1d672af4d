package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpaqueTest {
    @ParameterizedTest
    @CsvSource({
        "SIGNATURE, '', EqQB+/==",
        "REDACTED, '', a:b::c",
        "ENCRYPTED, rs_1, gAAA==",
        "ENCRYPTED, '', gAAA==",
        "THOUGHT, '', \\/x",
        "PLAIN, '', ''"
    })
    void whatIsSealedIsFoundAgain(Opaque.Kind kind, String id, String payload) {
        Opaque found = reopened(new Opaque("open-router.2", kind, Slice.of(id), Slice.of(payload)));
        assertThat(found).isNotNull();
        if (found != null) {
            assertThat(found.madeBy("open-router.2")).isTrue();
            assertThat(found.kind()).isEqualTo(kind);
            assertThat(found.id().text()).isEqualTo(id);
            assertThat(found.payload().text()).isEqualTo(payload);
        }
    }

    private static @Nullable Opaque reopened(Opaque opaque) {
        JsonOut sealed = new JsonOut();
        opaque.seal(sealed);
        return Opaque.open(Slice.of(sealed));
    }

    /** Ids of items are their maker's to choose: hundreds of letters with some, and colons. */
    @ParameterizedTest
    @ValueSource(ints = {1, 255, 256, 257, 1_000})
    void itsIdMayBeLong(int letters) {
        Opaque found = reopened(new Opaque("a", Opaque.Kind.ENCRYPTED, Slice.of("r".repeat(letters)), Slice.of("x")));
        assertThat(found).isNotNull();
        if (found != null) {
            assertThat(found.id().length()).isEqualTo(letters);
            assertThat(found.payload().text()).isEqualTo("x");
        }
    }

    /** The payload is what counts; an id that would be taken for a part of it is left out. */
    @ParameterizedTest
    @ValueSource(strings = {"rs:1", ":", "a:b:c"})
    void anIdWithAColonIsLeftOut(String id) {
        Opaque found = reopened(new Opaque("a", Opaque.Kind.ENCRYPTED, Slice.of(id), Slice.of("x")));
        assertThat(found).isNotNull();
        if (found != null) {
            assertThat(found.id().isEmpty()).isTrue();
            assertThat(found.payload().text()).isEqualTo("x");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "EqQB",
                "penstock:",
                "penstock:a",
                "penstock:a:signature",
                "penstock:a:signature:",
                "penstock:a:new::x"
            })
    void whatIsNotSealedWasMadeByNobody(String text) {
        assertThat(Opaque.open(Slice.of(text))).isNull();
    }
}
