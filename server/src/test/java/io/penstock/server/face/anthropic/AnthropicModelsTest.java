package io.penstock.server.face.anthropic;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.catalog.Catalog;
import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.protocol.Protocol;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The list of models as clients of Anthropic page through it. */
class AnthropicModelsTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final AnthropicFace FACE = new AnthropicFace("anthropic");
    private static final Catalog CATALOG = catalog();

    private static Catalog catalog() {
        Catalog.Builder all = Catalog.builder();
        all.model(model("anthropic/claude-opus-4.5", Modality.TEXT));
        all.model(model("anthropic/claude-haiku-4.5", Modality.TEXT));
        all.model(model("openai/text-embedding", Modality.EMBEDDINGS));
        for (int i = 0; i < 47; i++) {
            all.model(model("lab/m-" + i, Modality.TEXT));
        }
        return all.build();
    }

    private static Model model(String id, Modality output) {
        Offer offer = new Offer("lab", "native", Price.FREE, 8_192, 1_024, Set.of(Protocol.OPENAI));
        return Model.builder(id)
                .name("The " + id)
                .created(1_769_000_000)
                .limits(8_192, 1_024)
                .output(List.of(output))
                .offers(List.of(offer))
                .build();
    }

    private static JsonNode list(String query) throws Exception {
        return JSON.readTree(FACE.models(CATALOG, true, query));
    }

    private static List<String> ids(JsonNode page) {
        List<String> ids = new ArrayList<>();
        page.path("data").forEach(model -> ids.add(model.path("id").asText()));
        return ids;
    }

    /** Clients show only what begins with {@code claude}, so Anthropic's come by their bare names too, and first. */
    @Test
    void anthropicsOwnComeByTheirBareNamesToo() throws Exception {
        JsonNode all = list("limit=1000");
        assertThat(ids(all))
                .startsWith("claude-opus-4-5", "claude-haiku-4-5", "auto", "anthropic/claude-opus-4.5")
                .contains("lab/m-0", "lab/m-46")
                .doesNotContain("openai/text-embedding")
                .doesNotHaveDuplicates()
                .hasSize(2 + 1 + 2 + 47);
        assertThat(all.path("has_more").asBoolean()).isFalse();
        assertThat(all.path("data").path(0).toString())
                .isEqualTo("{\"type\":\"model\",\"id\":\"claude-opus-4-5\",\"display_name\":"
                        + "\"The anthropic/claude-opus-4.5\",\"created_at\":\"2026-01-21T12:53:20Z\"}");
        assertThat(ids(JSON.readTree(FACE.models(CATALOG, false, "limit=1000"))))
                .doesNotContain("auto");
    }

    @ParameterizedTest
    @CsvSource({
        "'', 20",
        "limit=7, 7",
        "limit=0, 1",
        "limit=9999, 52",
        "limit=1000, 52",
        "limit=-1, 20",
        "limit=x, 20",
        "limit=, 20",
        "limit=99999, 20",
        "x=7, 20",
        "limit, 20"
    })
    void aPageIsAsLongAsItIsAskedForWithinBounds(String query, int models) throws Exception {
        assertThat(ids(list(query))).hasSize(models);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 20, 51, 52, 53})
    void allPagesTogetherAreTheListForwardsAndBackwards(int limit) throws Exception {
        List<String> all = ids(list("limit=1000"));
        List<String> forwards = new ArrayList<>();
        String query = "limit=" + limit;
        for (int pages = 0; pages <= all.size(); pages++) {
            JsonNode page = list(query);
            List<String> ids = ids(page);
            forwards.addAll(ids);
            assertThat(page.path("first_id").asText()).isEqualTo(ids.get(0));
            assertThat(page.path("last_id").asText()).isEqualTo(ids.get(ids.size() - 1));
            if (!page.path("has_more").asBoolean()) {
                break;
            }
            query = "limit=" + limit + "&after_id=" + escaped(page.path("last_id"));
        }
        assertThat(forwards).isEqualTo(all);

        List<String> backwards = new ArrayList<>(List.of(all.get(all.size() - 1)));
        for (int pages = 0; pages <= all.size(); pages++) {
            JsonNode page = list("before_id=" + backwards.get(0) + "&limit=" + limit);
            backwards.addAll(0, ids(page));
            if (!page.path("has_more").asBoolean()) {
                break;
            }
        }
        assertThat(backwards).isEqualTo(all);
    }

    private static String escaped(JsonNode id) {
        return URLEncoder.encode(id.asText(), StandardCharsets.UTF_8);
    }

    @Test
    void behindTheLastAndBeforeTheFirstThereIsNothing() throws Exception {
        for (String query : List.of("after_id=lab/m-46", "before_id=claude-opus-4-5")) {
            assertThat(list(query).toString())
                    .isEqualTo("{\"data\":[],\"has_more\":false,\"first_id\":null,\"last_id\":null}");
        }
    }

    /** Hexadecimal digits stand in either case (RFC 3986 2.1); a client that got the first page again would never end. */
    @ParameterizedTest
    @ValueSource(strings = {"lab/m-1", "lab%2Fm-1", "lab%2fm-1", "lab%2Fm%2D1", "%6cab/m-1"})
    void anIdIsUnderstoodHoweverItIsEscaped(String id) throws Exception {
        assertThat(ids(list("limit=1&after_id=" + id))).containsExactly("lab/m-2");
        assertThat(ids(list("limit=1&before_id=" + id))).containsExactly("lab/m-0");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"after_id=nobody", "after_id=", "after_id=%zz", "before_id=nobody", "before_id=%", "after_id"})
    void anIdThatIsNoneBoundsNothing(String query) throws Exception {
        assertThat(ids(list("limit=1&" + query))).containsExactly("claude-opus-4-5");
    }

    @Test
    void oneModelIsFoundByEitherNameAndByWhatTheCatalogUnderstands() throws Exception {
        for (String id : List.of("claude-opus-4-5", "anthropic/claude-opus-4.5", "auto", "lab/m-3")) {
            byte[] found = FACE.model(CATALOG, true, id);
            assertThat(found).as(id).isNotNull();
            assertThat(JSON.readTree(found).path("id").asText()).isEqualTo(id);
        }
        assertThat(FACE.model(CATALOG, true, "nobody/nothing")).isNull();
        assertThat(FACE.model(CATALOG, false, "auto")).isNull();
        byte[] embedding = FACE.model(CATALOG, true, "openai/text-embedding");
        assertThat(embedding).as("not listed, and found").isNotNull();
    }
}
