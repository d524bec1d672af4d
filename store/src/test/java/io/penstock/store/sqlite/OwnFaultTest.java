package io.penstock.store.sqlite;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.await;
import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.log;
import static io.penstock.store.Samples.release;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.store.Durability;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.Forked;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Reservation;
import io.penstock.store.Samples;
import io.penstock.store.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An Error on one of the store's threads is survived: nothing waits for ever, and the next exchange is charged. */
@Timeout(60)
final class OwnFaultTest {
    @TempDir
    Path dir;

    private Path db() {
        return dir.resolve("penstock.db");
    }

    private static void assertGoesOn(SqliteStore store, int next) throws StoreException {
        await("available", () -> store.writer().available());
        long before = store.ledger().spentNanos(7);
        assertThat(store.writer().hold(new Reservation(id(next), 7, 10, AT))).isTrue();
        assertThat(finish(store, settlement(id(next), 7, 10, 1))).isTrue();
        assertThat(store.ledger().spentNanos(7)).isEqualTo(before + 1);
        assertThat(store.keys().create("key-" + next).key().name()).isEqualTo("key-" + next);
    }

    @Test
    void aListenerThatThrowsAnErrorDoesNotStopTheWriter() throws Exception {
        AtomicInteger told = new AtomicInteger();
        try (SqliteStore store = SqliteStore.open(Opening.options(db()))) {
            store.requests().listener(entry -> {
                told.incrementAndGet();
                throw new StackOverflowError("of the listener");
            });
            finish(store, settlement(id(1), 7, 10, 1));
            finish(store, release(id(2), 7, 10));
            assertGoesOn(store, 3);
            assertThat(told).hasValue(3);
        }
    }

    @Test
    void oneWhoIsToldOfACommitAndThrowsAnErrorDoesNotStopTheOthers() throws Exception {
        try (SqliteStore store = SqliteStore.open(Opening.options(db(), Durability.POWER, OptionalLong.empty()))) {
            for (int i = 0; i < 5; i++) {
                store.writer().finish(settlement(id(i), 7, 10, 1), durable -> {
                    throw new LinkageError("of who was told");
                });
                assertGoesOn(store, 100 + i);
            }
            assertThat(store.ledger().spentNanos(7)).isEqualTo(10);
        }
    }

    @Test
    void aQueryThatThrowsAnErrorIsAnsweredAndChangesNothing() throws Exception {
        try (SqliteStore store = SqliteStore.open(Opening.options(db()))) {
            assertThatThrownBy(() -> store.writer().write(connection -> {
                        io.penstock.store.sqlite.Sqlite.execute(connection, "DELETE FROM setting");
                        throw new OutOfMemoryError("of the query");
                    }))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("of the query")
                    .hasMessageContaining("nothing was changed");
            assertGoesOn(store, 1);
        }
        SqliteStore.open(Opening.options(db())).close();
    }

    @Test
    void houseworkThatThrowsAnErrorIsTriedAgainAndKeepsNobodyWaiting() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        StoreOptions faulty = Opening.timed(db(), () -> {
            if (Thread.currentThread().getName().equals("penstock-store-writer")) {
                asked.incrementAndGet();
                throw new LinkageError("of the clock");
            }
            return Instant.now();
        });
        try (SqliteStore store = SqliteStore.open(faulty)) {
            await("the housework was tried twice", () -> asked.get() >= 2);
            await("available", () -> store.writer().available());
            assertThat(finish(store, settlement(id(1), 7, 10, 1))).isTrue();
            assertThat(store.ledger().spentNanos(7)).isEqualTo(1);
        }
    }

    @Test
    void whatTheHeapCannotHoldIsAnsweredAndTheRestIsWritten() throws Exception {
        assertThat(Forked.run(Huge.class, db().toString()).lines().filter(line -> line.startsWith("told: ")))
                .containsExactlyInAnyOrder(
                        "told: huge false", "told: small true", "told: available", "told: later true", "told: closed");
        try (SqliteStore store = SqliteStore.open(Opening.options(db()))) {
            assertThat(store.ledger().spentNanos(7)).isEqualTo(5);
            assertThat(store.ledger().openHolds()).isZero();
        }
    }

    /** An exchange whose id does not fit into the heap a second time. */
    static final class Huge {
        public static void main(String[] args) throws Exception {
            SqliteStore store = SqliteStore.open(Opening.options(Path.of(args[0])));
            store.writer()
                    .finish(
                            settlement("x".repeat(70_000_000), 7, 10, 1), // of 128 MB
                            durable -> System.out.println("told: huge " + durable));
            System.out.println("told: small " + finish(store, settlement(id(1), 7, 10, 2)));
            store.writer().catchUp();
            await("up", () -> store.writer().available());
            System.out.println("told: available");
            System.out.println("told: later " + finish(store, settlement(id(2), 7, 10, 3)));
            store.close();
            System.out.println("told: closed");
        }
    }

    @Test
    void whenTheWriterCannotGoOnAllAreAnsweredAndTheStoreIsUnavailable() throws Exception {
        try (SqliteStore store = SqliteStore.open(Opening.options(db()))) {
            finish(store, settlement(id(1), 7, 10, 1));
            store.writer().die(new LinkageError("for good"));
            await("unavailable", () -> !store.writer().available());
            assertThat(store.writer().hold(new Reservation(id(2), 7, 10, AT))).isFalse();
            assertThat(finish(store, settlement(id(3), 7, 10, 1))).isFalse();
            assertThat(store.writer().log(Samples.log(id(4), 7, io.penstock.store.Outcome.REFUSED, 0, AT)))
                    .isFalse();
            assertThatThrownBy(() -> store.keys().create("none"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("failed");
            store.writer().catchUp();
        }
        try (SqliteStore store = SqliteStore.open(Opening.options(db()))) {
            assertThat(store.ledger().spentNanos(7))
                    .as("what was acknowledged before")
                    .isEqualTo(1);
        }
    }

    @Test
    void aCheckpointerThatFailsLeavesCheckpointsToTheWriter() {
        Path faulty = (Path) Proxy.newProxyInstance(
                Path.class.getClassLoader(), new Class<?>[] {Path.class}, (proxy, method, arguments) -> {
                    throw new LinkageError("of the path");
                });
        Checkpointer checkpointer = new Checkpointer(faulty);
        for (int i = 0; i < 2; i++) {
            checkpointer.ask();
            await("done, if not well", checkpointer::isDone);
        }
        checkpointer.close();
    }

    /** A connection that fails at its next entry of the ledger, and at what follows. */
    private static final class Faulty implements AutoCloseable {
        final Connection real;
        final AtomicInteger armed = new AtomicInteger(); // errors at the next entry and after it; negative: a full disk
        private final AtomicInteger errors = new AtomicInteger(); // to come
        final AtomicInteger rollbacksOfOwed = new AtomicInteger(); // since the store worked again; the second fails
        private volatile boolean probed;

        Faulty() throws SQLException {
            real = io.penstock.store.sqlite.Sqlite.memory();
        }

        Connection connection() {
            return proxy(Connection.class, (method, arguments) -> {
                if (method.getName().equals("prepareStatement")
                        && String.valueOf(arguments[0]).contains("ledger_entry")) {
                    int what = armed.getAndSet(0);
                    if (what < 0) {
                        throw new SQLException("disk full", null, 13);
                    }
                    errors.addAndGet(what);
                }
                if (method.getName().matches("prepareStatement|createStatement")
                        && errors.getAndUpdate(n -> Math.max(0, n - 1)) > 0) {
                    throw new OutOfMemoryError("of the driver");
                }
                Object made = method.invoke(real, arguments);
                return switch (method.getName()) {
                    case "createStatement" -> statement((Statement) made);
                    case "prepareStatement" -> prepared((PreparedStatement) made);
                    default -> made;
                };
            });
        }

        /** One that fails at each row of an exchange called poison. */
        private static PreparedStatement prepared(PreparedStatement made) {
            return proxy(PreparedStatement.class, (method, arguments) -> {
                if (method.getName().equals("setString") && "poison".equals(arguments[1])) {
                    throw new LinkageError("of the driver");
                }
                return method.invoke(made, arguments);
            });
        }

        private Statement statement(Statement made) {
            return proxy(Statement.class, (method, arguments) -> {
                String sql = arguments == null ? "" : String.valueOf(arguments[0]);
                if (sql.contains("INSERT INTO write_probe")) {
                    probed = true;
                } else if (sql.equals("ROLLBACK") && probed && rollbacksOfOwed.incrementAndGet() == 2) {
                    throw new OutOfMemoryError("of the driver");
                }
                return method.invoke(made, arguments);
            });
        }

        private interface Call {
            Object of(java.lang.reflect.Method method, Object[] arguments) throws Exception;
        }

        private static <T> T proxy(Class<T> type, Call call) {
            return type.cast(Proxy.newProxyInstance(
                    type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
                        try {
                            return call.of(method, arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    }));
        }

        Writer writer() throws Exception {
            StoreOptions options = Opening.options(Path.of("unused"));
            return new Writer(connection(), options, null, new RequestLogTrimmer(1L << 50, 1L << 50));
        }

        @Override
        public void close() throws SQLException {
            real.close();
        }
    }

    /** Pushes while the writer is busy, so that all of it is taken at once. */
    private static void together(Writer writer, Runnable pushes) throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch pushed = new CountDownLatch(1);
        CompletableFuture<Boolean> blocks = answer(() -> writer.write(connection -> {
            busy.countDown();
            try {
                return pushed.await(30, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
        assertThat(busy.await(30, TimeUnit.SECONDS)).isTrue();
        pushes.run();
        pushed.countDown();
        assertThat(blocks.get(30, TimeUnit.SECONDS)).isTrue();
    }

    private static <T> CompletableFuture<T> answer(Callable<T> asked) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        Thread thread = new Thread(() -> {
            try {
                answer.complete(asked.call());
            } catch (Throwable e) {
                answer.completeExceptionally(e);
            }
        });
        thread.setDaemon(true);
        thread.start();
        return answer;
    }

    private static long spent(Writer writer) {
        return number(writer, "SELECT spent_nanos FROM key_spend WHERE key_id = 7 AND day = 0");
    }

    private static long number(Writer writer, String sql) {
        try {
            return writer.write(c -> Sqlite.number(c, sql));
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aCommandBehindABatchThatFailsTwiceIsAnswered() throws Exception {
        try (Faulty faulty = new Faulty()) {
            Writer writer = faulty.writer();
            writer.start(null, 0);
            List<CompletableFuture<Long>> asked = new ArrayList<>();
            together(writer, () -> {
                writer.hold(new Reservation(id(1), 7, 10, AT));
                int queued = writer.queued();
                asked.add(answer(() -> writer.write(c -> 42L)));
                await("queued", () -> writer.queued() > queued);
                faulty.armed.set(2); // the second when it is rolled back
            });
            assertThat(asked.get(0).get(30, TimeUnit.SECONDS)).isEqualTo(42);
            await("available", writer::available);
            assertThat(writer.hold(new Reservation(id(2), 7, 10, AT))).isTrue();
            writer.finish(settlement(id(2), 7, 10, 3), durable -> {});
            assertThat(spent(writer)).isEqualTo(3);
            writer.close();
        }
    }

    @Test
    void whatWasAcknowledgedIsChargedWhateverFailsWhenItIsMadeUpFor() throws Exception {
        try (Faulty faulty = new Faulty()) {
            Writer writer = faulty.writer();
            RedoLog log = RedoLog.create(dir.resolve("redo"), 4711, 1);
            writer.start(log, 0);
            AtomicInteger acknowledged = new AtomicInteger();
            together(writer, () -> {
                for (int i = 0; i < 4; i++) { // the second cannot be added to the first
                    ExchangeEnd end = i < 2 ? settlement(id(i), 8, 10, Long.MAX_VALUE) : settlement(id(i), 7, 10, i);
                    writer.finish(end, durable -> acknowledged.incrementAndGet());
                }
                faulty.armed.set(-1);
            });
            assertThat(acknowledged).hasValue(4);
            await("charged", () -> spent(writer) == 5);
            await("available", writer::available);
            assertThat(faulty.rollbacksOfOwed.get()).as("the fault came").isGreaterThan(1);
            writer.close();
            assertThat(dir.resolve("redo")).doesNotExist();
        }
    }

    @Test
    void rowsOfABatchThatTheDiskRefusesAreLostCountedAndTold() throws Exception {
        try (Faulty faulty = new Faulty()) {
            Writer writer = faulty.writer();
            List<RequestLogEntry> told = new CopyOnWriteArrayList<>();
            writer.onLogged(told::add);
            writer.start(null, 0);
            List<Boolean> durable = new CopyOnWriteArrayList<>();
            together(writer, () -> {
                writer.hold(new Reservation(id(1), 7, 10, AT));
                writer.finish(settlement(id(1), 7, 10, 3), durable::add);
                writer.log(log(id(2), 7, Outcome.REFUSED, 0, AT));
                faulty.armed.set(-1);
            });
            await("told", () -> told.size() == 2);
            await("available", writer::available);
            assertThat(durable).containsExactly(false);
            assertThat(told)
                    .containsExactlyInAnyOrder(
                            log(id(1), 7, Outcome.COMPLETED, 3, AT).interrupted(),
                            log(id(2), 7, Outcome.REFUSED, 0, AT));
            assertThat(writer.logFailures()).isEqualTo(1);
            assertThat(spent(writer)).isZero();
            assertThat(number(writer, "SELECT count(*) FROM ledger_entry WHERE kind = 3"))
                    .as("the hold is given back")
                    .isEqualTo(1);
            writer.close();
        }
    }

    @Test
    void beyondItsBoundTheQueueTakesEndsAlone() throws Exception {
        try (Faulty faulty = new Faulty()) {
            Writer writer = faulty.writer();
            writer.start(null, 0);
            List<Boolean> durable = new CopyOnWriteArrayList<>();
            AtomicInteger taken = new AtomicInteger();
            together(writer, () -> {
                while (writer.log(log(id(taken.get()), 7, Outcome.REFUSED, 0, AT))) {
                    taken.incrementAndGet();
                }
                assertThat(taken).hasValueGreaterThan(60_000);
                assertThat(writer.hold(new Reservation("gen-late", 7, 10, AT))).isFalse();
                writer.finish(settlement("gen-end", 7, 10, 3), durable::add);
            });
            await("answered", () -> !durable.isEmpty());
            assertThat(durable).containsExactly(true);
            assertThat(spent(writer)).isEqualTo(3);
            assertThat(writer.logFailures()).isEqualTo(1);
            assertThat(number(writer, "SELECT count(*) FROM request_log")).isEqualTo(taken.get() + 1L);
            assertThat(writer.hold(new Reservation("gen-later", 7, 10, AT))).isTrue();
            writer.close();
        }
    }

    @Test
    void aHoldThatTheDatabaseRefusesIsLostAlone() throws Exception {
        try (Faulty faulty = new Faulty()) {
            Writer writer = faulty.writer();
            writer.start(null, 0);
            writer.write(c -> {
                Sqlite.execute(c, """
                        CREATE TRIGGER refused BEFORE INSERT ON ledger_entry WHEN NEW.request_id LIKE 'bad%'
                        BEGIN SELECT RAISE(ABORT, 'refused'); END""");
                return 0;
            });
            List<Boolean> durable = new CopyOnWriteArrayList<>();
            together(writer, () -> {
                writer.hold(new Reservation("bad" + "x".repeat(100), 7, 10, AT));
                writer.finish(settlement(id(2), 7, 10, 3), durable::add);
            });
            await("answered", () -> !durable.isEmpty());
            assertThat(durable).containsExactly(true);
            assertThat(spent(writer)).isEqualTo(3);
            assertThat(writer.available()).isTrue();
            writer.close();
        }
    }

    @Test
    void whoClosesWhileInterruptedStaysInterruptedAndLosesNothing() throws Exception {
        List<Boolean> durable = new CopyOnWriteArrayList<>();
        SqliteStore store = SqliteStore.open(Opening.options(db(), Durability.POWER, OptionalLong.empty()));
        try {
            store.ledger().settle(settlement(id(1), 7, 10, 1), durable::add);
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> store.keys().create("none"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("interrupted; whether the change was written is not known");
            assertThat(Thread.currentThread().isInterrupted()).isTrue();
        } finally {
            store.close();
            assertThat(Thread.interrupted()).isTrue();
        }
        assertThat(durable).containsExactly(true);
        try (SqliteStore again = SqliteStore.open(Opening.options(db()))) {
            assertThat(again.ledger().spentNanos(7)).isEqualTo(1);
        }
    }

    @Test
    void aHoldThatAlwaysEndsInAnErrorIsLostAndDoesNotKeepTheStoreDown() throws Exception {
        try (Faulty faulty = new Faulty()) {
            Writer writer = faulty.writer();
            writer.start(null, 0);
            together(writer, () -> {
                writer.hold(new Reservation("poison", 7, 10, AT));
                writer.hold(new Reservation(id(1), 7, 10, AT));
            });
            await("the other one is written", () -> number(writer, "SELECT count(*) FROM open_hold") == 1);
            await("available", writer::available);
            List<Boolean> durable = new CopyOnWriteArrayList<>();
            writer.finish(settlement(id(1), 7, 10, 3), durable::add);
            await("answered", () -> !durable.isEmpty());
            assertThat(durable).containsExactly(true);
            assertThat(spent(writer)).isEqualTo(3);
            writer.close();
        }
    }
}
