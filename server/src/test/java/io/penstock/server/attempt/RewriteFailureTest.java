package io.penstock.server.attempt;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.Penstock;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.Gateway;
import io.penstock.server.GatewayLoops;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.HookedRouter;
import io.penstock.server.testkit.HttpProvider;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A fault of ours while a request is made fit for its provider; no request is known that has it, so one is made. */
class RewriteFailureTest {
    private final HttpProvider provider = new HttpProvider();
    private final List<BodyScanner> scanners = new ArrayList<>();
    private volatile boolean armed;

    /** On the event loop, between the look at a request and its rewriting: forgets there what was found in it. */
    private void forget() {
        if (armed) {
            scanners.forEach(BodyScanner::reset);
        }
    }

    @Test
    void isToldAtOnceOnAFreshConnectionAndOnAnIdleOne() throws Exception {
        try (Penstock gateway = Penstock.builder()
                .bind("127.0.0.1", 0)
                .key(new KeyConfig("lab", Lab.KEY))
                .provider(ProviderConfig.builder("lab")
                        .openai(provider.url("/v1"))
                        .anthropic(provider.url(""))
                        .responses(provider.url("/v1"))
                        .model(ModelConfig.builder("any").build())
                        .build())
                .router(new HookedRouter("lab/any", this::forget))
                .start()) {
            GatewayLoops.run(gateway.gateway(), loop -> {
                BodyScanner scanner = loop.scanner();
                loop.giveBack(scanner); // the next request's
                scanners.add(scanner);
            });
            for (String path : Lab.FACES) {
                failsThenServes(gateway.gateway(), path);
            }
        } finally {
            provider.close();
        }
    }

    private void failsThenServes(Gateway gateway, String path) {
        byte[] request = Lab.post(path, Lab.body(path, "auto", false));
        provider.always(HttpProvider.json(200, Lab.plain(path).upstream()));
        for (int i = 0; i < 2; i++) {
            provider.forget();
            armed = true;
            try (RawClient client = new RawClient(gateway.origin())) {
                Reply failed = client.send(request).read();
                assertThat(failed.status()).as(path).isEqualTo(500);
                assertThat(failed.text()).as(path).contains("\"message\":\"failed to rewrite request body\"");
                assertThat(provider.received()).as(path).isEmpty();
                RequestLogEntry row = Await.value(
                        "its row",
                        () -> gateway.store().requests().find(failed.id()).orElse(null));
                assertThat(row.outcome()).isEqualTo(Outcome.FAILED);
                armed = false;
                assertThat(client.send(request).read().status()).as(path).isEqualTo(200);
            }
        }
        Await.until("no open hold", () -> gateway.store().ledger().openHolds() == 0);
    }
}
