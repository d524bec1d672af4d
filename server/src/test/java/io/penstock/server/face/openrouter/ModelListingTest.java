package io.penstock.server.face.openrouter;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.DataPolicy;
import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.catalog.Rates;
import io.penstock.catalog.Tier;
import io.penstock.protocol.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelListingTest {
    private static final Rates RATES = Rates.of(600_000_000, 100_000_000L, null, null, 3_000_000_000L);
    private static final Catalog CATALOG = Catalog.builder()
            .model(Model.builder("moonshotai/kimi-k2.5")
                    .name("Kimi K2.5")
                    .created(1_769_000_000)
                    .limits(262_144, 65_536)
                    .input(List.of(Modality.IMAGE, Modality.TEXT))
                    .reasoning(true)
                    .parameters(List.of("tools", "max_tokens"))
                    .quality(70)
                    .offers(List.of(offer(
                            "moonshot",
                            new Price(
                                    RATES,
                                    List.of(new Tier(
                                            200_000, Rates.of(1_200_000_000, null, null, null, 6_000_000_000L))),
                                    4_800_000,
                                    0,
                                    0),
                            262_144)))
                    .build())
            .model(Model.builder("openai/gpt-5-nano")
                    .name("GPT-5 Nano")
                    .created(1_754_000_000)
                    .limits(400_000, 128_000)
                    .parameters(List.of("tools", "seed"))
                    .quality(40)
                    .offers(List.of(offer("openai", Price.of(50_000_000, 400_000_000), 400_000)))
                    .build())
            .model(Model.builder("lab/tiny")
                    .limits(8_192, 1_024)
                    .offers(List.of(offer("lab", Price.FREE, 8_192, DataPolicy.ZDR)))
                    .build())
            .model(Model.builder("bytedance/seedance-2.0")
                    .limits(10_000, 1)
                    .output(List.of(Modality.VIDEO))
                    .offers(List.of(offer("ark", Price.of(1, 1), 10_000)))
                    .build())
            .build();

    @Test
    void anEntryHasEveryKeyThatTheSdkDemands() {
        assertThat(list(false, "q=kimi")).isEqualTo("""
                        {"data":[{"id":"moonshotai/kimi-k2.5","canonical_slug":"moonshotai/kimi-k2.5",\
                        "name":"Kimi K2.5","created":1769000000,"description":"Served by moonshot.",\
                        "context_length":262144,"hugging_face_id":null,"knowledge_cutoff":null,"expiration_date":null,\
                        "architecture":{"modality":"text+image->text","input_modalities":["text","image"],\
                        "output_modalities":["text"],"tokenizer":"Other","instruct_type":null},\
                        "pricing":{"prompt":"0.0000006","completion":"0.000003","input_cache_read":"0.0000001",\
                        "input_cache_write":"0.0000006","input_cache_write_1h":"0.0000006","request":"0",\
                        "image":"0.0048","web_search":"0","internal_reasoning":"0",\
                        "overrides":[{"min_prompt_tokens":200000,"prompt":"0.0000012","completion":"0.000006",\
                        "input_cache_read":"0.0000012","input_cache_write":"0.0000012",\
                        "input_cache_write_1h":"0.0000012"}]},\
                        "top_provider":{"context_length":262144,"max_completion_tokens":1024,"is_moderated":false},\
                        "per_request_limits":null,"default_parameters":null,\
                        "supported_parameters":["tools","max_tokens"],"supported_voices":null,\
                        "reasoning":{"supported_efforts":null,"default_effort":null,"mandatory":false},\
                        "links":{"details":"/api/v1/models/moonshotai/kimi-k2.5/endpoints"}}],\
                        "total_count":1,"links":{"next":null}}""");
    }

    @Test
    void automaticRoutingComesFirstAndCanDoWhatAnyModelCan() {
        Map<?, ?> auto = (Map<?, ?>) Rewriting.at(parsed(true, "sort=pricing-low-to-high"), "data", 0);
        assertThat(auto.get("id")).isEqualTo("\"openrouter/auto");
        assertThat(auto.get("context_length")).isEqualTo("400000");
        assertThat(auto.get("supported_parameters"))
                .isEqualTo(List.of("\"tools", "\"max_tokens", "\"seed", "\"temperature", "\"top_p", "\"stop"));
        assertThat(auto.get("pricing")).isEqualTo(Map.of("prompt", "\"-1", "completion", "\"-1"));
    }

    @Test
    void anEmptyCatalogListsNothing() {
        assertThat(new String(ModelListing.write(Catalog.builder().build(), true), StandardCharsets.UTF_8))
                .isEqualTo("{\"data\":[],\"total_count\":0,\"links\":{\"next\":null}}");
    }

    @Test
    void aVariantPointsToItsModel() {
        Catalog free = Catalog.builder()
                .model(Model.builder("meta-llama/llama-3.3-70b")
                        .limits(100, 10)
                        .offers(List.of(new Offer(
                                "p", "n", Price.FREE, 100, 10, Set.of(Protocol.OPENAI), true, DataPolicy.UNKNOWN)))
                        .build())
                .build();
        assertThat(new String(ModelListing.write(free, false), StandardCharsets.UTF_8))
                .contains("\"id\":\"meta-llama/llama-3.3-70b:free\",\"canonical_slug\":\"meta-llama/llama-3.3-70b\"")
                .contains("\"tokenizer\":\"Llama3\"")
                .contains("{\"details\":\"/api/v1/models/meta-llama/llama-3.3-70b:free/endpoints\"}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            emptyValue = "",
            value = {
                "''|kimi nano tiny",
                "q=GPT-5+nano|nano",
                "q=moonshotai%2Fkimi|kimi",
                "q=%|''",
                "supported_parameters=tools|kimi nano",
                "supported_parameters=tools%2C%20seed|nano",
                "input_modalities=image|kimi",
                "output_modalities=video|seedance",
                "output_modalities=all|kimi nano tiny seedance",
                "context=262144|kimi nano",
                "max_price=0.05|nano tiny",
                "min_price=0.05|kimi nano",
                "max_price=cheap|kimi nano tiny",
                "providers=Lab,openai|nano tiny",
                "model_authors=openai|nano",
                "zdr=true|tiny",
                "sort=pricing-low-to-high|tiny nano kimi",
                "sort=pricing-high-to-low|kimi nano tiny",
                "sort=context-high-to-low|nano kimi tiny",
                "sort=newest|kimi nano tiny",
                "sort=intelligence-high-to-low|kimi nano tiny",
                "sort=most-popular|kimi nano tiny",
                "limit=2|kimi nano",
                "offset=1|nano tiny",
                "offset=1&limit=1|nano",
                "offset=9|''",
                "limit=x&offset=-1&nonsense&=|kimi nano tiny"
            })
    void aQueryChoosesAndOrders(String query, String slugs) {
        List<?> data = (List<?>) Rewriting.at(parsed(false, query), "data");
        StringBuilder found = new StringBuilder();
        for (Object entry : data) {
            String id = String.valueOf(Rewriting.at(entry, "id"));
            for (String slug : List.of("kimi", "nano", "tiny", "seedance")) {
                found.append(id.contains(slug) ? " " + slug : "");
            }
        }
        assertThat(found.toString().strip()).isEqualTo(slugs);
    }

    @Test
    void aPageCountsAllAndNamesTheNext() {
        assertThat(list(true, "limit=2&offset=0&sort=newest"))
                .endsWith("\"total_count\":4,\"links\":{\"next\":\"/api/v1/models?limit=2&sort=newest&offset=2\"}}");
        assertThat(list(true, "limit=2&sort=newest&offset=2")).endsWith("\"total_count\":4,\"links\":{\"next\":null}}");
    }

    private static Offer offer(String provider, Price price, int context) {
        return offer(provider, price, context, DataPolicy.UNKNOWN);
    }

    private static Offer offer(String provider, Price price, int context, DataPolicy policy) {
        return new Offer(provider, "native", price, context, 1_024, Set.of(Protocol.OPENAI), false, policy);
    }

    private static String list(boolean auto, String query) {
        return new String(ModelListing.write(CATALOG, auto, query), StandardCharsets.UTF_8);
    }

    private static Map<?, ?> parsed(boolean auto, String query) {
        return Rewriting.object(list(auto, query));
    }
}
