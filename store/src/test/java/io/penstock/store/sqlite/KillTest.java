package io.penstock.store.sqlite;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.store.EntryKind;
import io.penstock.store.Forked;
import io.penstock.store.GatewayKey;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Reservation;
import io.penstock.store.Samples;
import java.io.BufferedReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 at any time loses nothing that was acknowledged, and charges nothing twice. */
final class KillTest {
    private static final int ROUNDS = 6;
    private static final int LINES_MAX = 400;

    @TempDir
    Path dir;

    @Test
    void aKillAtAnyTimeLosesNothingThatWasAcknowledged() throws Exception {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        Path file = dir.resolve("penstock.db");
        Map<String, Long> settled = new LinkedHashMap<>();
        Set<String> keys = new LinkedHashSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            String as = "seed " + seed + ", round " + round;
            Process process = Forked.start(Traffic.class, file.toString(), Integer.toString(round));
            try (BufferedReader lines = process.inputReader()) {
                int last = 1 + random.nextInt(LINES_MAX);
                for (int i = 0; i < last; i++) {
                    note(lines.readLine(), settled, keys);
                }
                process.toHandle().destroyForcibly(); // unlike the process's own, leaves what it printed readable
                for (String line; (line = lines.readLine()) != null; ) {
                    note(line, settled, keys); // acknowledged too: it was on its way here
                }
            } finally {
                process.destroyForcibly().waitFor();
            }
            try (SqliteStore store = SqliteStore.open(Opening.options(file))) {
                assertThat(store.ledger().openHolds()).as(as).isZero();
                for (Map.Entry<String, Long> entry : settled.entrySet()) {
                    List<LedgerEntry> entries = store.ledger().entries(entry.getKey());
                    assertThat(entries)
                            .as("%s, %s", as, entry.getKey())
                            .extracting(LedgerEntry::kind)
                            .containsExactly(EntryKind.HOLD, EntryKind.SETTLEMENT);
                    assertThat(entries.get(1).amountNanos()).as(as).isEqualTo(entry.getValue());
                }
                long acknowledged =
                        settled.values().stream().mapToLong(Long::longValue).sum();
                assertThat(store.ledger().spentNanos(7))
                        .as(as)
                        .isEqualTo(Opening.spentByEntries(store, 7))
                        .isGreaterThanOrEqualTo(acknowledged);
                assertThat(store.keys().list())
                        .as(as)
                        .extracting(GatewayKey::name)
                        .containsAll(keys);
            }
        }
        assertThat(settled).isNotEmpty();
    }

    private static void note(@Nullable String line, Map<String, Long> settled, Set<String> keys) {
        if (line == null || !line.endsWith(".")) {
            return; // cut by the kill
        }
        String[] words = line.substring(0, line.length() - 1).split(" ", -1);
        if (words[0].equals("key")) {
            keys.add(words[1]);
        } else {
            settled.put(words[1], Long.valueOf(words[2]));
        }
    }

    /** Holds, settles and makes keys without end; prints what was acknowledged. */
    static final class Traffic {
        public static void main(String[] args) throws Exception {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            int round = Integer.parseInt(args[1]);
            SqliteStore store = SqliteStore.open(Opening.options(Path.of(args[0])));
            for (int i = 0; ; i++) {
                String id = Samples.id(round * 1_000_000 + i);
                long amount = 1L + i % 100;
                store.writer().hold(new Reservation(id, 7, 1000, AT));
                if (i % 5 != 0) { // some are left open
                    store.writer()
                            .finish(
                                    settlement(id, 7, 1000, amount),
                                    durable -> out.print(durable ? "settled " + id + " " + amount + ".\n" : ""));
                }
                if (i % 50 == 0) {
                    out.print("key "
                            + store.keys()
                                    .create("key-" + round + "-" + i)
                                    .key()
                                    .name() + ".\n");
                }
                if (store.writer().queued() > 50) {
                    Samples.await("room", () -> store.writer().queued() < 10);
                }
            }
        }
    }
}
