package io.penstock.server.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.translate.ThinkingRecall;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ThinkingMemoryTest {
    private static final long KEY = 1;

    private long now = 5;
    private final ThinkingMemory memory = new ThinkingMemory(true, () -> now);

    private void keep(String callId, int size) {
        memory.keep(KEY, Map.of(callId, new byte[size]));
    }

    private boolean recalls(String callId) {
        return memory.of(KEY).before(callId) != null;
    }

    /** What a cache that counts how often something is asked for would refuse: it is new, and the next turn needs it. */
    @ParameterizedTest
    @ValueSource(ints = {10, 2_000, 8_000, 60_000, 1_000_000})
    void aNewConversationIsKeptHoweverOftenTheOldOnesWereAskedFor(int size) {
        int turns = (int) (2 * ThinkingMemory.BYTES_MAX / (size + 128)) + 1;
        List<String> old = new ArrayList<>();
        for (int turn = 0; turn < turns; turn++) {
            old.add("old" + turn);
            keep("old" + turn, size);
            old.subList(Math.max(0, turn - 20), turn).forEach(this::recalls); // as each turn repeats those before it
        }
        List<String> calls = new ArrayList<>();
        for (int turn = 0; turn < 3; turn++) {
            calls.add("new" + turn);
            keep("new" + turn, size);
            assertThat(calls).allMatch(this::recalls);
        }
        assertThat(recalls("old0")).as("the oldest").isFalse();
        assertThat(memory.bytes()).isLessThanOrEqualTo(ThinkingMemory.BYTES_MAX);
    }

    @Test
    void whatWasAskedForLatelyOutlivesWhatWasKeptLater() {
        int third = (int) ThinkingMemory.BYTES_MAX / 3 - 128;
        keep("a", third);
        keep("b", third);
        assertThat(recalls("a")).isTrue();
        keep("c", third);
        keep("d", third);
        assertThat(recalls("a")).isTrue();
        assertThat(recalls("b")).isFalse();
    }

    @Test
    void anHourAfterItWasLastAskedForItIsForgotten() {
        keep("a", 10);
        now += ThinkingMemory.KEPT_NANOS;
        assertThat(recalls("a")).isTrue();
        now += ThinkingMemory.KEPT_NANOS;
        assertThat(recalls("a")).isTrue();
        now += ThinkingMemory.KEPT_NANOS + 1;
        assertThat(recalls("a")).isFalse();
        keep("b", 10);
        assertThat(memory.bytes()).as("of b alone").isEqualTo(10 + 128);
    }

    @Test
    void theSameCallAgainIsCountedOnce() {
        keep("a", 1_000);
        keep("a", 10);
        assertThat(memory.bytes()).isEqualTo(10 + 128);
        assertThat(memory.of(KEY).before("a")).hasSize(10);
    }

    @Test
    void moreThanIsKeptAtAllIsNotKept() {
        keep("a", (int) ThinkingMemory.BYTES_MAX);
        assertThat(recalls("a")).isFalse();
        assertThat(memory.isEmpty()).isTrue();
        assertThat(memory.bytes()).isZero();
    }

    @Test
    void aKeyRecallsItsOwnCallsByTheirLettersAndDigits() {
        keep("call_x-1", 10);
        assertThat(recalls("callx1")).isTrue();
        assertThat(recalls("callx2")).isFalse();
        assertThat(memory.of(KEY + 1).before("call_x-1")).isNull();
    }

    @Test
    void aRequestThatRepeatsACallIsToldNoMoreThanIsKept() {
        keep("a", (int) ThinkingMemory.BYTES_MAX / 2);
        ThinkingRecall recall = memory.of(KEY);
        assertThat(recall.before("a")).isNotNull();
        assertThat(recall.before("a")).isNotNull();
        assertThat(recall.before("a")).isNull();
    }

    @Test
    void theMakerOfWhatPassedUntouchedIsKnownToItsKeyAlone() {
        assertThat(memory.knowsOthersThan("lab")).isFalse();
        memory.keepMaker(KEY, List.of("signature"), "lab");
        assertThat(memory.of(KEY).maker("signature")).isEqualTo("lab");
        assertThat(memory.of(KEY).maker("another")).isNull();
        assertThat(memory.of(KEY + 1).maker("signature")).isNull();
        assertThat(memory.knowsOthersThan("lab")).isFalse();
        assertThat(memory.knowsOthersThan("another")).isTrue();
        memory.keepMaker(KEY, List.of("third"), "another");
        assertThat(memory.knowsOthersThan("lab")).isTrue();
    }

    @Test
    void switchedOffItKeepsNothing() {
        ThinkingMemory off = new ThinkingMemory(false, () -> now);
        off.keep(KEY, Map.of("a", new byte[10]));
        off.keepMaker(KEY, List.of("signature"), "lab");
        assertThat(off.of(KEY).before("a")).isNull();
        assertThat(off.of(KEY).maker("signature")).isNull();
        assertThat(off.isEmpty()).isTrue();
        assertThat(off.knowsOthersThan("another")).isFalse();
    }
}
