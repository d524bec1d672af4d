package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.config.Config;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.config.LimitsConfig;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.ScarceMemory;
import io.penstock.server.wire.Connections;
import io.penstock.store.Committed;
import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.HoldRefusal;
import io.penstock.store.Keys;
import io.penstock.store.Ledger;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Requests;
import io.penstock.store.Reservation;
import io.penstock.store.Reserved;
import io.penstock.store.Settings;
import io.penstock.store.Spend;
import io.penstock.store.Store;
import io.penstock.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ledger that takes its time: whatever happens meanwhile, each hold has one end, and nobody is asked without one. */
class LateHoldTest {
    private static final String REQUEST =
            "{\"model\":\"demo/hello\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

    private final BlockingQueue<Waiting> waiting = new LinkedBlockingQueue<>();
    private @Nullable Gateway gateway;

    /** A reservation that has not been answered. */
    private record Waiting(Ledger ledger, Reservation asked, Reserved told) {
        void grant() {
            ledger.reserve(asked, told);
        }
    }

    /** The real ledger, which is asked to reserve when the test says so. */
    private record LateLedger(Ledger real, BlockingQueue<Waiting> waiting) implements Ledger {
        @Override
        public void reserve(Reservation asked, Reserved told) {
            waiting.add(new Waiting(real, asked, told));
        }

        @Override
        public void settle(ExchangeEnd end, Committed told) {
            real.settle(end, told);
        }

        @Override
        public boolean available() {
            return real.available();
        }

        @Override
        public int queued() {
            return real.queued();
        }

        @Override
        public List<LedgerEntry> entries(String requestId) throws StoreException {
            return real.entries(requestId);
        }

        @Override
        public long spentNanos(long keyId) throws StoreException {
            return real.spentNanos(keyId);
        }

        @Override
        public long spentNanosSince(long keyId, long day) throws StoreException {
            return real.spentNanosSince(keyId, day);
        }

        @Override
        public List<Spend> spend(long day) throws StoreException {
            return real.spend(day);
        }

        @Override
        public long openHolds() throws StoreException {
            return real.openHolds();
        }
    }

    private record LateStore(Store real, Ledger ledger) implements Store {
        @Override
        public Keys keys() {
            return real.keys();
        }

        @Override
        public Requests requests() {
            return real.requests();
        }

        @Override
        public Settings settings() {
            return real.settings();
        }

        @Override
        public int interruptedAtStart() {
            return real.interruptedAtStart();
        }

        @Override
        public long lostAtStart() {
            return real.lostAtStart();
        }

        @Override
        public void close() {
            real.close();
        }
    }

    private Gateway start(Duration total) {
        Config config = Config.builder()
                .listen("127.0.0.1", 0)
                .localDiscover(false)
                .key(new KeyConfig("lab", Lab.KEY))
                .limits(LimitsConfig.builder().total(total).build())
                .build();
        Gateway it = Gateway.start(
                config,
                Map.of(),
                Extensions.usual().store(real -> new LateStore(real, new LateLedger(real.ledger(), waiting))));
        gateway = it;
        return it;
    }

    @AfterEach
    void stop() {
        if (gateway != null) {
            gateway.close();
        }
    }

    private Waiting next() throws InterruptedException {
        Waiting next = waiting.poll(30, TimeUnit.SECONDS);
        assertThat(next).isNotNull();
        return next;
    }

    private static List<EntryKind> kinds(Gateway it, Waiting hold) throws StoreException {
        return it.store().ledger().entries(hold.asked().requestId()).stream()
                .map(LedgerEntry::kind)
                .toList();
    }

    private static RequestLogEntry row(Gateway it, Waiting hold) throws StoreException {
        String id = hold.asked().requestId();
        Await.until("its row", () -> it.store().requests().find(id).isPresent());
        return it.store().requests().find(id).orElseThrow();
    }

    private static void sentTo(RawClient client) {
        client.send(Lab.post(Lab.CHAT, REQUEST));
    }

    @Test
    void aHoldThatComesLateFromAnotherThreadIsAnsweredAndSettledOnce() throws Exception {
        Gateway it = start(Duration.ofMinutes(5));
        try (RawClient client = new RawClient(it.origin())) {
            sentTo(client);
            Waiting hold = next();
            assertThat(kinds(it, hold)).isEmpty();
            hold.grant();
            Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(200);
            assertThat(reply.id()).isEqualTo(hold.asked().requestId());
            assertThat(row(it, hold).outcome()).isEqualTo(Outcome.COMPLETED);
            assertThat(kinds(it, hold)).containsExactly(EntryKind.HOLD, EntryKind.SETTLEMENT);
            assertThat(it.store().ledger().openHolds()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatLeavesMeanwhilePaysNothing(boolean granted) throws Exception {
        Gateway it = start(Duration.ofMinutes(5));
        Waiting hold;
        try (RawClient client = new RawClient(it.origin())) {
            sentTo(client);
            hold = next();
            client.reset();
        }
        Await.until("the client to be gone", () -> it.server().connections() == 0);
        assertThat(it.store().requests().find(hold.asked().requestId())).isEmpty(); // it waits for the ledger
        if (granted) {
            hold.grant();
        } else {
            hold.told().refused(HoldRefusal.UNAVAILABLE);
        }
        RequestLogEntry row = row(it, hold);
        assertThat(row.outcome()).isEqualTo(Outcome.LEFT);
        assertThat(row.attempts()).isZero();
        assertThat(kinds(it, hold)).isEqualTo(granted ? List.of(EntryKind.HOLD, EntryKind.RELEASE) : List.of());
        assertThat(it.store().ledger().openHolds()).isZero();
    }

    @Test
    void alsoALedgerIsNotWaitedForLongerThanAnExchangeMayTake() throws Exception {
        Gateway it = start(Duration.ofSeconds(1));
        try (RawClient client = new RawClient(it.origin())) {
            sentTo(client);
            Waiting hold = next();
            Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(504);
            assertThat(reply.text()).contains("limits.total");
            sentTo(client); // what the connection lends is another's from here on
            Waiting another = next();
            hold.grant();
            assertThat(row(it, hold).outcome()).isEqualTo(Outcome.FAILED);
            assertThat(kinds(it, hold)).containsExactly(EntryKind.HOLD, EntryKind.RELEASE);
            another.grant();
            client.read();
            assertThat(row(it, another).attempts()).isLessThanOrEqualTo(1);
            assertThat(it.store().ledger().openHolds()).isZero();
        }
    }

    @Test
    void aLateRefusalIsAnError() throws Exception {
        Gateway it = start(Duration.ofMinutes(5));
        try (RawClient client = new RawClient(it.origin())) {
            sentTo(client);
            Waiting hold = next();
            hold.told().refused(HoldRefusal.UNAVAILABLE);
            assertThat(client.read().status()).isEqualTo(503);
            assertThat(row(it, hold).outcome()).isEqualTo(Outcome.REFUSED);
            assertThat(kinds(it, hold)).isEmpty();
        }
    }

    @Test
    void aHoldThatComesWhileTheErrorIsStillToBeToldIsGivenBack() throws Exception {
        Gateway it = start(Duration.ofSeconds(1));
        AtomicBoolean memory = new AtomicBoolean(true);
        AtomicInteger missed = new AtomicInteger();
        ScarceMemory scarce = new ScarceMemory() {
            @Override
            protected boolean has() {
                missed.addAndGet(memory.get() ? 0 : 1);
                return memory.get();
            }
        };
        try (RawClient client = new RawClient(it.origin())) {
            client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n").read();
            GatewayLoops.run(
                    it, loop -> Connections.each(loop, one -> one.config().setAllocator(scarce)));
            sentTo(client);
            Waiting hold = next();
            memory.set(false);
            Await.until("an error that finds no memory", () -> missed.get() > 0);
            hold.grant();
            GatewayLoops.run(it, loop -> {}); // the grant has been heard
            memory.set(true);
            Reply reply = client.read();
            assertThat(reply.status()).isEqualTo(504);
            assertThat(row(it, hold).attempts()).isZero();
            assertThat(kinds(it, hold)).containsExactly(EntryKind.HOLD, EntryKind.RELEASE);
        }
    }
}
