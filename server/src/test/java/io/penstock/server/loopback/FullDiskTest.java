package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Reply;
import io.penstock.store.EntryKind;
import io.penstock.store.Store;
import io.penstock.store.sqlite.Pages;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class FullDiskTest {
    static final java.util.List<String> FACES = Lab.FACES;

    private static final int REQUESTS_MAX = 2_000;

    @ParameterizedTest
    @FieldSource("FACES")
    void aFullStoreRefusesNewWorkWithheldEndsNeverLeaveAndItRecoversByItself(String path) {
        try (Lab lab = Lab.start()) {
            byte[] whole = Lab.plain(path).upstream();
            lab.provider().always(call -> call.send(Answer.json(200, whole)));
            Store store = lab.gateway().gateway().store();
            Reply good = lab.ask(Lab.post(path, Lab.body(path, false)));
            assertThat(good.status()).isEqualTo(200);

            Pages.limit(store, 1); // SQLite takes the file's present size for it
            Reply refused = null;
            int answered = 0;
            for (int i = 0; i < REQUESTS_MAX && refused == null; i++) {
                Reply reply = lab.ask(Lab.post(path, Lab.body(path, false)));
                if (reply.status() == 200) {
                    answered++;
                    assertThat(lab.end(reply.id()).kind()).isEqualTo(EntryKind.SETTLEMENT);
                } else {
                    refused = reply;
                }
            }
            assertThat(answered).as("the store never filled").isLessThan(REQUESTS_MAX);
            assertThat(refused).isNotNull();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.text()).contains("store unavailable: the ledger cannot be written");
            assertThat(refused.header("retry-after")).isEqualTo("5");
            Await.until("not ready", () -> lab.ask(Lab.get("/readyz")).status() == 503);

            Pages.limit(store, 1_000_000);
            Await.until(
                    "work again",
                    () -> lab.ask(Lab.post(path, Lab.body(path, false))).status() == 200);
            assertThat(lab.ask(Lab.get("/readyz")).status()).isEqualTo(200);
        }
    }
}
