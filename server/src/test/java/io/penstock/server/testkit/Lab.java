package io.penstock.server.testkit;

import io.penstock.Penstock;
import io.penstock.protocol.Usage;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.config.LimitsConfig;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.config.PriceConfig;
import io.penstock.server.config.ProviderConfig;
import io.penstock.server.config.Secret;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.StoreException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;

/**
 * A gateway in this process in front of a {@link ScriptedProvider}, which it knows as {@code lab} (all protocols),
 * {@code chatty} (chat alone), {@code wordy} (Anthropic's messages alone) and {@code terse} (Responses alone).
 */
public final class Lab implements AutoCloseable {
    public static final String KEY = "sk-lab-0123456789-abcdefghij";
    /** A key whose keep-alives are empty deltas. */
    public static final String DATA_KEY = "sk-lab-with-data-keepalives-01";

    public static final String PROVIDER_KEY = "provider-secret-0123456789";

    public static final String CHAT = "/openai/v1/chat/completions";
    public static final String MESSAGES = "/anthropic/v1/messages";
    public static final String ROUTER_CHAT = "/api/v1/chat/completions";
    public static final String ROUTER_MESSAGES = "/api/v1/messages";

    public static final String RESPONSES = "/openai/v1/responses";
    public static final String ROUTER_RESPONSES = "/api/v1/responses";

    public static final String EMBEDDINGS = "/openai/v1/embeddings";
    public static final String ROUTER_EMBEDDINGS = "/api/v1/embeddings";
    public static final String COMPLETIONS = "/openai/v1/completions";
    public static final String ROUTER_COMPLETIONS = "/api/v1/completions";

    /** Every path of chat that relays. */
    public static final List<String> FACES =
            List.of(CHAT, MESSAGES, RESPONSES, ROUTER_CHAT, ROUTER_MESSAGES, ROUTER_RESPONSES);

    public static final PriceConfig PRICE = new PriceConfig(
            1_000_000_000L, 2_000_000_000L, 100_000_000L, 1_250_000_000L, 2_000_000_000L, 0, 0, List.of());

    private final ScriptedProvider provider = new ScriptedProvider();
    private final Penstock gateway;

    private Lab(
            UnaryOperator<LimitsConfig.Builder> limits,
            boolean auto,
            BiFunction<Penstock.Builder, ScriptedProvider, Penstock.Builder> more) {
        Penstock.Builder builder = Penstock.builder()
                .bind("127.0.0.1", 0)
                .key(new KeyConfig("lab", KEY))
                .key(new KeyConfig("data", new Secret(DATA_KEY), io.penstock.store.Keepalive.DATA))
                .provider(served(ProviderConfig.builder("lab")
                        .openai(provider.url("/v1"))
                        .anthropic(provider.url(""))
                        .responses(provider.url("/v1"))))
                .provider(served(ProviderConfig.builder("chatty").openai(provider.url("/v1"))))
                .provider(served(ProviderConfig.builder("wordy").anthropic(provider.url(""))))
                .provider(served(ProviderConfig.builder("terse").responses(provider.url("/v1"))))
                .provider(ProviderConfig.builder("openai")
                        .openai(provider.url("/v1"))
                        .responses(provider.url("/v1"))
                        .apiKey(PROVIDER_KEY)
                        .build())
                .provider(ProviderConfig.builder("anthropic")
                        .anthropic(provider.url(""))
                        .apiKey(PROVIDER_KEY)
                        .build())
                .routing(auto, io.penstock.routing.Preference.BALANCED)
                .limits(limits.apply(LimitsConfig.builder().drain(Duration.ofMillis(100)))
                        .build());
        gateway = more.apply(builder, provider).start();
    }

    private static ProviderConfig served(ProviderConfig.Builder builder) {
        return builder.apiKey(PROVIDER_KEY)
                .header("X-Extra", "from-the-config")
                .model(model("gpt-test").build())
                .model(model("claude-test").build())
                .model(model("think-test").reasoning(true).build())
                .build();
    }

    private static ModelConfig.Builder model(String id) {
        return ModelConfig.builder(id)
                .nativeId(id + "-1")
                .context(128_000)
                .maxOutput(8_192)
                .price(PRICE)
                .input(Set.of(io.penstock.catalog.Modality.TEXT));
    }

    public static Lab start() {
        return new Lab(limits -> limits, true, (builder, provider) -> builder);
    }

    public static Lab withoutAuto() {
        return new Lab(limits -> limits, false, (builder, provider) -> builder);
    }

    public static Lab with(UnaryOperator<LimitsConfig.Builder> limits) {
        return new Lab(limits, true, (builder, provider) -> builder);
    }

    /** With more in its configuration. */
    public static Lab also(BiFunction<Penstock.Builder, ScriptedProvider, Penstock.Builder> more) {
        return new Lab(limits -> limits, true, more);
    }

    public ScriptedProvider provider() {
        return provider;
    }

    public Penstock gateway() {
        return gateway;
    }

    public String origin() {
        return gateway.gateway().origin();
    }

    public RawClient client() {
        return new RawClient(origin());
    }

    /** A whole POST request with the lab's key. */
    public static byte[] post(String path, byte[] body, String... headerLines) {
        return Answer.join(postHead(path, "Content-Length: " + body.length, headerLines), body);
    }

    public static byte[] post(String path, String body, String... headerLines) {
        return post(path, body.getBytes(StandardCharsets.UTF_8), headerLines);
    }

    /** The head of a POST request with the lab's key. */
    public static byte[] postHead(String path, String framing, String... headerLines) {
        return Answer.ascii("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + KEY
                + "\r\nContent-Type: application/json\r\n" + framing + "\r\n" + lines(headerLines) + "\r\n");
    }

    public static byte[] get(String target, String... headerLines) {
        return Answer.ascii("GET " + target + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + KEY + "\r\n"
                + lines(headerLines) + "\r\n");
    }

    private static String lines(String... headerLines) {
        StringBuilder lines = new StringBuilder();
        for (String line : headerLines) {
            lines.append(line).append("\r\n");
        }
        return lines.toString();
    }

    /** Asks on a connection of its own and reads the whole answer. */
    public Reply ask(byte[] request) {
        try (RawClient client = client()) {
            return client.send(request).read();
        }
    }

    /** The face that a provider's goldens belong to. */
    public static String path(Golden golden) {
        return switch (golden.protocol()) {
            case OPENAI -> CHAT;
            case ANTHROPIC -> MESSAGES;
            case RESPONSES -> RESPONSES;
        };
    }

    /** The smallest good request of that path's protocol. */
    public static String body(String path, boolean stream) {
        return body(path, path.endsWith("messages") ? "lab/claude-test" : "lab/gpt-test", stream);
    }

    public static String body(String path, String model, boolean stream) {
        if (path.endsWith("responses")) {
            return "{\"model\":\"" + model + "\",\"max_output_tokens\":100,\"input\":\"Hi\""
                    + (stream ? ",\"stream\":true}" : "}");
        }
        return "{\"model\":\"" + model + "\",\"max_tokens\":100,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]"
                + (stream ? ",\"stream\":true}" : "}");
    }

    /** The first bytes of what ends a complete stream of that path's protocol. */
    public static String terminator(String path) {
        return path.endsWith("messages")
                ? "event: message_stop"
                : path.endsWith("responses") ? "event: response.completed" : "data: [DONE]";
    }

    /** An error inside a stream of that path's protocol. */
    public static String errorEvent(String path, String message) {
        if (path.endsWith("responses")) {
            return "event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":9,\"response\":{\"id\":"
                    + "\"resp_1\",\"object\":\"response\",\"status\":\"failed\",\"error\":{\"code\":\"server_error\","
                    + "\"message\":\"" + message + "\"},\"output\":[]}}\n\n";
        }
        return path.endsWith("messages")
                ? "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"" + message
                        + "\"}}\n\n"
                : "data: {\"error\":{\"message\":\"" + message + "\"}}\n\n";
    }

    /** The golden stream that suits a path. */
    public static Golden stream(String path) {
        return path.endsWith("messages")
                ? Golden.of("anthropic", "text")
                : path.endsWith("responses")
                        ? Golden.of("responses", "text")
                        : Golden.of("openai", "usage-in-own-chunk");
    }

    /** The golden plain answer that suits a path. */
    public static Golden plain(String path) {
        return Golden.of(
                path.endsWith("messages") ? "anthropic" : path.endsWith("responses") ? "responses" : "openai", "plain");
    }

    // ---- what was written

    public List<LedgerEntry> entries(String id) {
        try {
            return gateway.gateway().store().ledger().entries(id);
        } catch (StoreException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The end of an exchange's hold, once it is written. Fails if there is not exactly one hold and one end. */
    public LedgerEntry end(String id) {
        List<LedgerEntry> entries =
                Await.value("the end of " + id, () -> entries(id).size() >= 2 ? entries(id) : null);
        if (entries.size() != 2 || entries.get(0).kind() != EntryKind.HOLD) {
            throw new AssertionError("not one hold and one end: " + entries);
        }
        return entries.get(1);
    }

    public LedgerEntry hold(String id) {
        return Await.value(
                "the hold of " + id,
                () -> entries(id).isEmpty() ? null : entries(id).get(0));
    }

    /** The exchange's row, once it is written. */
    public RequestLogEntry row(String id) {
        return Await.value(
                "the row of " + id,
                () -> gateway.gateway().store().requests().find(id).orElse(null));
    }

    /** The newest exchange's row, once a request has been logged. */
    public RequestLogEntry lastRow() {
        return Await.value("a row", () -> {
            List<RequestLogEntry> rows = gateway.gateway().store().requests().latest(null, 1);
            return rows.isEmpty() ? null : rows.get(0);
        });
    }

    /** What that usage costs at the lab's price, in nano-USD. */
    public static long cost(Usage usage) {
        return usage.input() * 1_000
                + usage.cacheRead() * 100
                + usage.cacheWrite() * 1_250
                + usage.cacheWrite1h() * 2_000
                + usage.output() * 2_000;
    }

    /** Fails if money is still held. */
    public void nothingHeld() {
        Await.until("no open hold", () -> gateway.gateway().store().ledger().openHolds() == 0);
    }

    /** Clients that the gateway sees connected. */
    public int connections() {
        return gateway.gateway().server().connections();
    }

    /** Bytes of all that {@code limits.bodies} bounds, as the gateway counts them now. */
    public long bytesInMemory() {
        return gateway.gateway().server().buffers().taken();
    }

    /** Closes it; fails if money is still held, or memory for any body. */
    public void closeEmpty() {
        nothingHeld();
        nothingKept();
        close();
    }

    /** Fails if memory is still kept for any body. */
    public void nothingKept() {
        Await.until("nothing kept of any body", () -> bytesInMemory() == 0);
    }

    @Override
    public void close() {
        provider.close();
        gateway.close();
    }
}
