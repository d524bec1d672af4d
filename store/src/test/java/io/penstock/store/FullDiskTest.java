package io.penstock.store;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.await;
import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.ledger.EntryKind;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that is full is refused work, and nothing else. */
final class FullDiskTest {
    private static final int PAGES = 60;

    @TempDir
    Path dir;

    @Test
    void aFullDiskRefusesHoldsAndHealsByItselfWithoutAHalfWrittenExchange() throws Exception {
        try (Store store = Store.open(Samples.limited(dir.resolve("penstock.db"), PAGES))) {
            int written = 0;
            while (store.writer().hold(new Hold(id(written), 7, 10, AT))
                    && finish(store, settlement(id(written), 7, 10, 1))) {
                written++;
            }
            int failed = written;
            assertThat(written).isPositive();
            assertThat(store.writer().available()).isFalse();
            assertThat(store.writer().hold(new Hold(id(failed + 1), 7, 10, AT))).isFalse();
            assertThat(finish(store, settlement(id(failed + 2), 7, 10, 1))).isFalse();
            assertThat(store.ledger().spentNanos(7)).isEqualTo(written);
            assertThat(store.ledger().entries(id(failed + 2))).isEmpty();

            store.writer().limitPages(100_000);
            await("available again", () -> store.writer().available());

            assertThat(store.ledger().spentNanos(7)).isEqualTo(written);
            assertThat(store.ledger().spentNanosByEntries(7)).isEqualTo(written);
            assertThat(store.ledger().openHolds()).isZero();
            assertThat(store.ledger().entries(id(failed)))
                    .as("the exchange that could not be settled is released")
                    .extracting(e -> e.kind())
                    .containsExactly(EntryKind.HOLD, EntryKind.RELEASE);
            assertThat(store.ledger().entries(id(failed)).get(1).interrupted()).isTrue();

            assertThat(store.writer().hold(new Hold(id(failed + 3), 7, 10, AT))).isTrue();
            assertThat(finish(store, settlement(id(failed + 3), 7, 10, 1))).isTrue();
            assertThat(store.ledger().spentNanos(7)).isEqualTo(written + 1);
        }
    }
}
