package io.penstock.server.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How much a client may leave lying: much while there is room, and never more in all than the budget has. */
class OutboundTest {
    private static final long BUDGET = 40L * 1024 * 1024;

    private final MemoryBudget budget = new MemoryBudget(BUDGET);
    private final Outbound outbound = new Outbound(budget);

    @Test
    void aFewClientsMayLeaveMuch() {
        assertThat(outbound.room(1)).isEqualTo(ReadSizes.BYTES_MAX);
        assertThat(Outbound.mark(ReadSizes.BYTES_MAX).high()).isEqualTo(ReadSizes.BYTES_MAX);
        assertThat(Outbound.mark(1024).high()).isEqualTo(1024);
    }

    @Test
    void manyThatTakeNothingFindRoomTogether() {
        long lying = 0;
        for (int clients = 1; clients <= 4_000; clients++) {
            int room = outbound.room(clients);
            assertThat(Outbound.mark(room).high()).isEqualTo(room);
            outbound.changed(2L * room); // its mark, and one read more
            lying += 2L * room;
        }
        assertThat(lying).isLessThan(BUDGET / 2);
        assertThat(budget.taken()).isEqualTo(lying);
        assertThat(outbound.full()).isFalse();
        outbound.changed(BUDGET);
        assertThat(outbound.full()).isTrue();
        outbound.changed(-BUDGET - lying);
        assertThat(budget.taken()).isZero();
        assertThat(outbound.room(1)).isEqualTo(ReadSizes.BYTES_MAX);
    }
}
