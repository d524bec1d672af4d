package io.penstock.server.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RequestIdsTest {
    @Test
    void idsOfOneLoopRiseAndNoTwoAreEqual() {
        RequestIds ids = new RequestIds(1);
        Set<String> seen = new HashSet<>();
        String last = "";
        for (int i = 0; i < 20_000; i++) {
            String id = ids.next(1_795_000_000_000L + i / 10);
            assertThat(id).matches("gen-[0-9]{10}-[0-9A-Za-z]{26}").isGreaterThan(last);
            assertThat(seen.add(id)).isTrue();
            last = id;
        }
    }

    @Test
    void twoLoopsNeverAgree() {
        assertThat(new RequestIds(1).next(5)).isNotEqualTo(new RequestIds(2).next(5));
    }

    @Test
    void theSecondStandsInTheId() {
        assertThat(new RequestIds(1).next(1_795_000_123_456L)).startsWith("gen-1795000123-");
    }
}
