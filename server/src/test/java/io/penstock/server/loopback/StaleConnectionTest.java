package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.Penstock;
import io.penstock.catalog.Model;
import io.penstock.routing.DirectRouter;
import io.penstock.routing.Route;
import io.penstock.routing.RouteRequest;
import io.penstock.routing.Router;
import io.penstock.routing.Routes;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Link;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.ScriptedProvider;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** A pooled connection that its provider has reset, and the event loop has not been told so. */
class StaleConnectionTest {
    private static final String PLAIN =
            "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"Hi\"},"
                    + "\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}";

    private final ScriptedProvider provider = new ScriptedProvider();
    private final CountDownLatch reset = new CountDownLatch(1);
    private volatile boolean armed;

    /** Runs on the event loop: nothing else is seen there while it has the provider reset its idle connection. */
    private final class Resetting implements Router {
        @Override
        public String name() {
            return "resetting";
        }

        @Override
        public Route route(RouteRequest request, Routes routes) {
            if (armed) {
                armed = false;
                reset.countDown();
                Link idle = provider.links().get(0);
                Await.until("the reset", () -> idle.closedNanos() != 0);
            }
            Model model = routes.models().stream()
                    .filter(it -> it.id().equals("lab/gpt-test"))
                    .findFirst()
                    .orElseThrow();
            return new DirectRouter().route(RouteRequest.direct(model, request.protocol(), request.sort()), routes);
        }
    }

    @Test
    void aLargeRequestOnAConnectionThatWasJustResetIsSentOnAFreshOne() {
        provider.always(call -> call.send(Answer.json(200, PLAIN)));
        provider.next(call -> call.send(Answer.json(200, PLAIN)).pause(reset).reset());
        try (Penstock gateway = Penstock.builder()
                        .bind("127.0.0.1", 0)
                        .key(new KeyConfig("lab", Lab.KEY))
                        .provider(ProviderConfig.builder("lab")
                                .openai(provider.url("/v1"))
                                .model(ModelConfig.builder("gpt-test").build())
                                .build())
                        .router(new Resetting())
                        .start();
                RawClient client = new RawClient(gateway.gateway().origin())) {
            assertThat(client.send(request("Hi")).read().status()).isEqualTo(200);
            armed = true;
            assertThat(client.send(request("long ".repeat(20_000))).read().status())
                    .isEqualTo(200);
            assertThat(provider.received()).hasSize(2);
        } finally {
            provider.close();
        }
    }

    private static byte[] request(String text) {
        return Lab.post(
                Lab.CHAT, "{\"model\":\"auto\",\"messages\":[{\"role\":\"user\",\"content\":\"" + text + "\"}]}");
    }
}
