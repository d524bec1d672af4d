package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.protocol.Protocol;
import io.penstock.provider.Endpoint;
import io.penstock.provider.Provider;
import io.penstock.provider.Providers;
import io.penstock.server.config.Config;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.HttpProvider;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Received;
import io.penstock.server.testkit.Reply;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import mockwebserver3.MockResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Model servers on this machine, scripted with the answers of real ones: what they tell is what is on offer. */
class LocalServersTest {
    private final HttpProvider server = new HttpProvider();
    private final Map<String, MockResponse> answers =
            new ConcurrentHashMap<>(); // by method and path, and model of /api/show
    private @Nullable Gateway gateway;

    @AfterEach
    void stop() {
        if (gateway != null) {
            gateway.close();
        }
        server.close();
    }

    private void on(String what, String json) {
        answers.put(what, HttpProvider.json(200, json));
    }

    private static final MockResponse NOT_FOUND = HttpProvider.json(404, "{\"error\":\"not found\"}");

    private MockResponse answer(Received request) {
        String line = request.line().replace(" HTTP/1.1", "");
        String model = request.text().replaceAll("(?s).*\"model\":\\s*\"([^\"]*)\".*", "$1");
        MockResponse own = answers.get(line + " " + model);
        return own != null ? own : answers.getOrDefault(line, NOT_FOUND);
    }

    /** A gateway that finds the server under that id, and no other. */
    private void start(String id) {
        server.always(this::answer);
        Providers known = Providers.found();
        for (Provider each : known.all()) {
            if (each.local()) {
                known = known.with(at(each.id(), "http://127.0.0.1:1"));
            }
        }
        known = known.with(at(id, server.url("")));
        gateway = Gateway.start(
                Config.builder().listen("127.0.0.1", 0).key("lab", Lab.KEY).build(),
                Map.of(),
                Extensions.usual().providers(known));
    }

    private Gateway running() {
        return Objects.requireNonNull(gateway);
    }

    private static Provider at(String id, String origin) {
        return Provider.of(id, Endpoint.of(Protocol.OPENAI, origin + "/v1"), Endpoint.of(Protocol.ANTHROPIC, origin));
    }

    private Model model(String id) {
        return running().exchanges().models().now().catalog().resolve(id).found();
    }

    private Reply ask(String body) {
        return ask(Lab.post(Lab.CHAT, body));
    }

    private Reply ask(byte[] request) {
        try (RawClient client = new RawClient(running().origin())) {
            return client.send(request).read();
        }
    }

    private static String chat(String model, String more) {
        return "{\"model\":\"" + model + "\"" + more + ",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";
    }

    private static String listed(String ownedBy, String... ids) {
        StringBuilder list = new StringBuilder("{\"object\":\"list\",\"data\":[");
        for (String id : ids) {
            list.append(list.charAt(list.length() - 1) == '[' ? "" : ",")
                    .append("{\"id\":\"" + id + "\",\"object\":\"model\",\"created\":1751362800,\"owned_by\":\""
                            + ownedBy + "\"}");
        }
        return list.append("]}").toString();
    }

    private static String shown(String architecture, int context, String parameters, String capabilities) {
        return "{\"license\":\"LLAMA COMMUNITY LICENSE\\n\",\"modelfile\":\"# Modelfile\",\"parameters\":\""
                + parameters
                + "\",\"template\":\"{{ .Prompt }}\",\"details\":{\"parent_model\":\"\",\"format\":\"gguf\",\"family\":\""
                + architecture + "\",\"families\":[\"" + architecture
                + "\"],\"parameter_size\":\"3.2B\",\"quantization_level\":\"Q4_K_M\"},\"model_info\":{"
                + "\"general.architecture\":\"" + architecture + "\",\"general.file_type\":15,\"" + architecture
                + ".attention.layer_norm_rms_epsilon\":1e-05,\"" + architecture + ".context_length\":" + context
                + ",\"tokenizer.ggml.merges\":null,\"tokenizer.ggml.tokens\":null}" + capabilities
                + ",\"modified_at\":\"2026-07-01T09:40:00.123456789Z\"}";
    }

    private void ollama() {
        on(
                "GET /v1/models",
                listed("library", "llama3.2:latest", "gemma3:4b", "qwen3:8b", "nomic-embed-text:latest", "old:7b"));
        on(
                "POST /api/show llama3.2:latest",
                shown("llama", 131072, "stop \\\"<|eot_id|>\\\"", ",\"capabilities\":[\"completion\",\"tools\"]"));
        on("POST /api/show gemma3:4b", shown("gemma3", 131072, "", ",\"capabilities\":[\"completion\",\"vision\"]"));
        on(
                "POST /api/show qwen3:8b",
                shown(
                        "qwen3",
                        40960,
                        "num_ctx                        16384\\nrepeat_penalty                 1",
                        ",\"capabilities\":[\"completion\",\"tools\",\"thinking\"]"));
        on(
                "POST /api/show nomic-embed-text:latest",
                shown("nomic-bert", 2048, "num_ctx                        8192", ",\"capabilities\":[\"embedding\"]"));
        on("POST /api/show old:7b", shown("llama", 4096, "", ""));
        answers.put("POST /v1/messages", HttpProvider.json(400, "{\"type\":\"error\"}"));
        answers.put(
                "POST /v1/chat/completions",
                HttpProvider.json(200, Lab.plain(Lab.CHAT).upstream()));
    }

    @Test
    void ollamaTellsWhatItsModelsCanDo() {
        ollama();
        start("ollama");
        Model llama = model("ollama/llama3.2:latest");
        assertThat(llama.context()).isEqualTo(131_072);
        assertThat(llama.offers().get(0).context()).isEqualTo(131_072);
        assertThat(llama.offers().get(0).protocols()).containsExactlyInAnyOrder(Protocol.OPENAI, Protocol.ANTHROPIC);
        assertThat(llama.tools()).isTrue();
        assertThat(llama.structuredOutput()).isTrue();
        assertThat(llama.input()).containsExactly(Modality.TEXT);
        assertThat(llama.reasoning()).isFalse();
        Model gemma = model("ollama/gemma3:4b");
        assertThat(gemma.input()).containsExactlyInAnyOrder(Modality.TEXT, Modality.IMAGE);
        assertThat(gemma.tools()).isFalse();
        Model qwen = model("ollama/qwen3:8b");
        assertThat(qwen.context())
                .as("what it is given, not what it could have")
                .isEqualTo(16_384);
        assertThat(qwen.reasoning()).isTrue();
        assertThat(model("ollama/nomic-embed-text").output()).containsExactly(Modality.EMBEDDINGS);
        Model old = model("ollama/old:7b");
        assertThat(old.context()).isEqualTo(4_096);
        assertThat(old.tools()).as("not told: as before").isTrue();
        assertThat(old.structuredOutput()).isFalse();
    }

    @Test
    void autoReachesALocalModelWithASchemaAnImageOrTools() {
        ollama();
        start("ollama");
        String schema =
                ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"a\",\"schema\":{}}}";
        Reply structured = ask(chat("auto", schema));
        assertThat(structured.status()).isEqualTo(200);
        assertThat(structured.header("x-penstock-model"))
                .isIn("ollama/llama3.2:latest", "ollama/gemma3:4b", "ollama/qwen3:8b");
        Reply image = ask("{\"model\":\"auto\",\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"image_url\","
                + "\"image_url\":{\"url\":\"data:image/png;base64,iVBORw0KGgo=\"}}]}]}");
        assertThat(image.status()).isEqualTo(200);
        assertThat(image.header("x-penstock-model")).isEqualTo("ollama/gemma3:4b");
        Reply tools = ask(chat(
                "auto",
                ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"f\",\"parameters\":{}}}]" + schema));
        assertThat(tools.status()).isEqualTo(200);
        assertThat(tools.header("x-penstock-model")).isIn("ollama/llama3.2:latest", "ollama/qwen3:8b");
        assertThat(ask(chat("ollama/llama3.2", "")).status()).isEqualTo(200);
        Received last = server.received().get(server.received().size() - 1);
        assertThat(last.text()).contains("\"llama3.2:latest\"");
    }

    @Test
    void lmStudioTellsWhatItsModelsCanDo() {
        on("GET /v1/models", listed("organization_owner", "qwen2.5-7b-instruct", "gemma-3-4b", "text-embed", "new"));
        on("GET /api/v0/models", """
                {"object":"list","data":[
                 {"id":"qwen2.5-7b-instruct","object":"model","type":"llm","publisher":"lmstudio-community","arch":"qwen2",
                  "compatibility_type":"gguf","quantization":"Q4_K_M","state":"loaded","max_context_length":32768,
                  "loaded_context_length":8192,"capabilities":["tool_use"]},
                 {"id":"gemma-3-4b","object":"model","type":"vlm","publisher":"google","arch":"gemma3",
                  "state":"not-loaded","max_context_length":131072,"capabilities":[]},
                 {"id":"text-embed","object":"model","type":"embeddings","arch":"nomic-bert","state":"not-loaded",
                  "max_context_length":2048}]}""");
        start("lmstudio");
        Model qwen = model("lmstudio/qwen2.5-7b-instruct");
        assertThat(qwen.context()).isEqualTo(8_192);
        assertThat(qwen.tools()).isTrue();
        assertThat(qwen.structuredOutput()).isTrue();
        Model gemma = model("lmstudio/gemma-3-4b");
        assertThat(gemma.context()).isEqualTo(131_072);
        assertThat(gemma.input()).containsExactlyInAnyOrder(Modality.TEXT, Modality.IMAGE);
        assertThat(gemma.tools()).isFalse();
        assertThat(model("lmstudio/text-embed").embeds()).isTrue();
        assertThat(model("lmstudio/new").context()).isEqualTo(32_768);
        assertThat(model("lmstudio/new").structuredOutput()).isFalse();
    }

    @Test
    void llamaCppTellsWhatItsModelCanDo() {
        on("GET /v1/models", """
                {"models":[{"name":"gemma-3-4b-it","model":"gemma-3-4b-it","type":"model","capabilities":["completion",
                 "multimodal"]}],"object":"list","data":[{"id":"gemma-3-4b-it","object":"model","created":1751362800,
                 "owned_by":"llamacpp","meta":{"vocab_type":1,"n_vocab":262144,"n_ctx_train":131072,"n_embd":2560,
                 "n_params":3880099328,"size":2489757856}}]}""");
        on("GET /props", """
                {"default_generation_settings":{"id":0,"id_task":-1,"n_ctx":16384,"speculative":false,"params":
                 {"n_predict":-1,"temperature":0.800000011920929}},"total_slots":1,"model_path":"/models/gemma.gguf",
                 "modalities":{"vision":true,"audio":false},
                 "chat_template":"{%- if tools %}{{- tools | tojson }}{%- endif %}","build_info":"b5797-bee28421"}""");
        start("llamacpp");
        Model gemma = model("llamacpp/gemma-3-4b-it");
        assertThat(gemma.context()).isEqualTo(16_384);
        assertThat(gemma.input()).containsExactlyInAnyOrder(Modality.TEXT, Modality.IMAGE);
        assertThat(gemma.tools()).isTrue();
        assertThat(gemma.structuredOutput()).isTrue();
        running().close();

        answers.remove("GET /props"); // switched off, or an older one
        start("llamacpp");
        assertThat(model("llamacpp/gemma-3-4b-it").context()).isEqualTo(131_072);
        assertThat(model("llamacpp/gemma-3-4b-it").input()).contains(Modality.IMAGE);
        running().close();

        on("GET /props", "{\"chat_template\":\"{{ messages }}\",\"modalities\":{\"vision\":false,\"audio\":true}}");
        start("llamacpp");
        assertThat(model("llamacpp/gemma-3-4b-it").tools()).isFalse();
        assertThat(model("llamacpp/gemma-3-4b-it").input()).containsExactlyInAnyOrder(Modality.TEXT, Modality.AUDIO);
    }

    @Test
    void vllmTellsItsContext() {
        on("GET /v1/models", """
                {"object":"list","data":[{"id":"meta-Llama-3-8B-Instruct","object":"model","created":1751362800,
                 "owned_by":"vllm","root":"meta-Llama-3-8B-Instruct","parent":null,"max_model_len":8192,
                 "permission":[{"id":"modelperm-1","object":"model_permission","allow_sampling":true}]}]}""");
        start("vllm");
        Model llama = model("vllm/meta-Llama-3-8B-Instruct");
        assertThat(llama.context()).isEqualTo(8_192);
        assertThat(llama.structuredOutput()).isTrue();
        assertThat(llama.offers().get(0).protocols()).containsExactly(Protocol.OPENAI);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{\"capabilities\":7,\"model_info\":[],\"parameters\":{}}",
                "{\"capabilities\":[],\"model_info\":{\"general.architecture\":\"x\",\"x.context_length\":-1}}",
                "{\"model_info\":{\"general.architecture\":\"x\",\"x.context_length\":99999999999999999999}}",
                "{\"parameters\":\"num_ctx 99999999999999999\"}"
            })
    void whatAServerTellsWrongIsTakenAsNotTold(String show) {
        ollama();
        on("POST /api/show llama3.2:latest", show);
        start("ollama");
        assertThat(model("ollama/llama3.2").context()).isEqualTo(32_768);
        assertThat(model("ollama/llama3.2").tools()).isTrue();
        assertThat(model("ollama/qwen3:8b").context()).isEqualTo(16_384);
    }

    @Test
    void aServerThatTellsNothingInTimeIsOfferedAllTheSame() {
        ollama();
        start("ollama");
        running().close();
        server.always(request ->
                request.line().contains("/api/show") && request.text().contains("qwen3")
                        ? HttpProvider.silence()
                        : answer(request));
        Providers known = Providers.found().with(at("ollama", server.url("")));
        try (Gateway late = Gateway.start(
                Config.builder().listen("127.0.0.1", 0).key("lab", Lab.KEY).build(),
                Map.of(),
                Extensions.usual().providers(known))) {
            var catalog = late.exchanges().models().now().catalog();
            assertThat(catalog.resolve("ollama/qwen3:8b").found().context()).isEqualTo(32_768);
            assertThat(catalog.resolve("ollama/llama3.2").found().context()).isEqualTo(131_072);
        }
    }

    @Test
    void answersInChunksAreReadWhole() {
        ollama();
        answers.put(
                "GET /v1/models",
                new MockResponse.Builder()
                        .setHeader("Content-Type", "application/json")
                        .chunkedBody(listed("library", "llama3.2:latest", "qwen3:8b"), 7)
                        .build());
        start("ollama");
        assertThat(model("ollama/qwen3:8b").context()).isEqualTo(16_384);
        assertThat(model("ollama/llama3.2").context()).isEqualTo(131_072);
    }

    @Test
    void idsThatNoConfigurationTakesAreLeftOut() {
        on("GET /v1/models", listed("vllm", "/models/llama", "a//b", "good", "with space"));
        start("vllm");
        assertThat(running().report().found().get(0).models()).containsExactly("good");
    }

    // ---- a model that came a moment ago

    @Test
    void aModelPulledAMomentAgoIsFoundOnItsFirstRequest() {
        ollama();
        start("ollama");
        on("GET /v1/models", listed("library", "llama3.2:latest", "phi4:latest", "mistral:7b"));
        on("POST /api/show phi4:latest", shown("phi3", 16384, "", ",\"capabilities\":[\"completion\"]"));
        Reply reply = ask(chat("ollama/phi4", ""));
        assertThat(reply.status()).isEqualTo(200);
        assertThat(reply.header("x-penstock-model")).isEqualTo("ollama/phi4:latest");
        assertThat(model("ollama/phi4").context()).isEqualTo(16_384);
        assertThat(model("ollama/mistral:7b").context()).isEqualTo(32_768);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ollama/late", "penstock/ollama/late", "Ollama/late"})
    void aServerThatStartedAMomentAgoIsFoundOnItsFirstRequest(String name) {
        start("ollama");
        assertThat(running().report().found())
                .extracting(StartReport.Found::provider)
                .containsExactly("demo");
        ollama();
        on("GET /v1/models", listed("library", "late:latest"));
        assertThat(ask(chat(name, "")).header("x-penstock-model")).isEqualTo("ollama/late:latest");
        assertThat(running()
                        .exchanges()
                        .models()
                        .now()
                        .catalog()
                        .resolve("demo/hello")
                        .model())
                .isNull();
    }

    @Test
    void aNameThatIsUnknownStillAfterAskingIsRefusedWithTheNearestOfThatServer() {
        ollama();
        start("ollama");
        server.forget();
        Reply reply = ask(chat("ollama/llama3", ""));
        assertThat(reply.status()).isEqualTo(404);
        assertThat(reply.text())
                .contains("no model config found for: ollama/llama3", "nearest: ollama/llama3.2:latest");
        assertThat(server.received()).extracting(Received::line).contains("GET /v1/models HTTP/1.1");
        server.forget();
        for (int i = 0; i < 20; i++) {
            assertThat(ask(chat("nobody/llama3", "")).status()).isIn(400, 404);
            assertThat(ask(chat("llama33", "")).status()).isEqualTo(404);
        }
        assertThat(server.received()).as("names of others").isEmpty();
    }

    @Test
    void unknownNamesAskOnceASecondAtMost() {
        ollama();
        start("ollama");
        server.forget();
        long before = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            assertThat(ask(chat("ollama/no-" + i, "")).status()).isEqualTo(404);
        }
        long seconds = (System.nanoTime() - before) / 1_000_000_000L;
        assertThat(server.received().stream().filter(it -> it.line().startsWith("GET /v1/models")))
                .hasSizeBetween(1, (int) seconds + 2);
    }

    @Test
    void whileAServerIsAskedOtherRequestsAreNotHeldUpAndThoseForItWaitTogether() throws InterruptedException {
        ollama();
        start("ollama");
        CountDownLatch gate = new CountDownLatch(1);
        server.forget();
        server.always(request -> {
            if (request.line().startsWith("GET /v1/models")) {
                assertThat(gate.await(Await.SECONDS, TimeUnit.SECONDS)).isTrue();
            }
            return answer(request);
        });
        on("GET /v1/models", listed("library", "llama3.2:latest", "phi4:latest"));
        List<RawClient> waiting = java.util.stream.Stream.generate(
                        () -> new RawClient(running().origin()))
                .limit(5)
                .toList();
        waiting.forEach(client -> client.send(Lab.post(Lab.CHAT, chat("ollama/phi4", ""))));
        server.take();
        for (int i = 0; i < 5; i++) {
            assertThat(ask(chat("ollama/llama3.2", "")).status()).isEqualTo(200);
        }
        waiting.get(4).reset(); // one leaves
        gate.countDown();
        for (RawClient client : waiting.subList(0, 4)) {
            assertThat(client.read().status()).isEqualTo(200);
            client.close();
        }
        assertThat(server.received().stream().filter(it -> it.line().startsWith("GET /v1/models")))
                .hasSize(1);
        Await.until("no open hold", () -> running().store().ledger().openHolds() == 0);
    }

    @Test
    void aServerThatHangsHoldsUpARequestForALittleAlone() {
        ollama();
        start("ollama");
        server.always(HttpProvider.silence());
        assertThat(ask(chat("ollama/phi4", "")).status()).isEqualTo(404);
        assertThat(model("ollama/llama3.2").context()).as("kept").isEqualTo(131_072);
    }
}
