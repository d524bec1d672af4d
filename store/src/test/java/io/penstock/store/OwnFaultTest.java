package io.penstock.store;

import static io.penstock.store.Samples.AT;
import static io.penstock.store.Samples.await;
import static io.penstock.store.Samples.finish;
import static io.penstock.store.Samples.id;
import static io.penstock.store.Samples.release;
import static io.penstock.store.Samples.settlement;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Instant;
import java.util.OptionalLong;
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

    private static void assertGoesOn(Store store, int next) throws StoreException {
        await("available", () -> store.writer().available());
        long before = store.ledger().spentNanos(7);
        assertThat(store.writer().hold(new Hold(id(next), 7, 10, AT))).isTrue();
        assertThat(finish(store, settlement(id(next), 7, 10, 1))).isTrue();
        assertThat(store.ledger().spentNanos(7)).isEqualTo(before + 1);
        assertThat(store.keys().create("key-" + next).key().name()).isEqualTo("key-" + next);
    }

    @Test
    void aListenerThatThrowsAnErrorDoesNotStopTheWriter() throws Exception {
        AtomicInteger told = new AtomicInteger();
        try (Store store = Store.open(Samples.options(db()))) {
            store.writer().onLogged(entry -> {
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
        try (Store store = Store.open(Samples.options(db(), Durability.POWER, OptionalLong.empty()))) {
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
        try (Store store = Store.open(Samples.options(db()))) {
            assertThatThrownBy(() -> store.writer().write(connection -> {
                        io.penstock.store.db.Sqlite.execute(connection, "DELETE FROM setting");
                        throw new OutOfMemoryError("of the query");
                    }))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("of the query")
                    .hasMessageContaining("nothing was changed");
            assertGoesOn(store, 1);
        }
        Store.open(Samples.options(db())).close();
    }

    @Test
    void houseworkThatThrowsAnErrorIsTriedAgainAndKeepsNobodyWaiting() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        StoreOptions plain = Samples.options(db());
        StoreOptions faulty = new StoreOptions(
                plain.url(),
                plain.durability(),
                plain.requestLogKeep(),
                plain.requestLogMaxBytes(),
                plain.maxPageCount(),
                plain.pepper(),
                () -> {
                    if (Thread.currentThread().getName().equals("penstock-store-writer")) {
                        asked.incrementAndGet();
                        throw new LinkageError("of the clock");
                    }
                    return Instant.now();
                },
                false);
        try (Store store = Store.open(faulty)) {
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
        try (Store store = Store.open(Samples.options(db()))) {
            assertThat(store.ledger().spentNanos(7)).isEqualTo(5);
            assertThat(store.ledger().openHolds()).isZero();
        }
    }

    /** An exchange whose id does not fit into the heap a second time. */
    static final class Huge {
        public static void main(String[] args) throws Exception {
            Store store = Store.open(Samples.options(Path.of(args[0])));
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
        try (Store store = Store.open(Samples.options(db()))) {
            finish(store, settlement(id(1), 7, 10, 1));
            store.writer().die(new LinkageError("for good"));
            await("unavailable", () -> !store.writer().available());
            assertThat(store.writer().hold(new Hold(id(2), 7, 10, AT))).isFalse();
            assertThat(finish(store, settlement(id(3), 7, 10, 1))).isFalse();
            assertThat(store.writer().log(Samples.log(id(4), 7, io.penstock.store.requestlog.Outcome.REFUSED, 0, AT)))
                    .isFalse();
            assertThatThrownBy(() -> store.keys().create("none"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("failed");
            store.writer().catchUp();
        }
        try (Store store = Store.open(Samples.options(db()))) {
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
}
