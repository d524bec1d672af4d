package io.penstock.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.penstock.store.GatewayKey;
import io.penstock.store.KeyStatus;
import io.penstock.store.Store;
import io.penstock.store.sqlite.SqliteStore;
import io.penstock.store.sqlite.StoreOptions;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys as the admin API makes, tells and revokes them; the store is a real one. */
class KeysResourceTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Store store;
    private KeysResource resource;

    @BeforeEach
    void open() throws Exception {
        store = SqliteStore.open(StoreOptions.of(StoreOptions.MEMORY, new byte[32]));
        resource = new KeysResource(store.keys());
    }

    @AfterEach
    void close() throws Exception {
        store.close();
    }

    private AdminAnswer create(String body) {
        return resource.create(body.getBytes(StandardCharsets.UTF_8));
    }

    private static String message(AdminAnswer answer) throws Exception {
        return JSON.readTree(answer.json()).path("error").path("message").asText();
    }

    @Test
    void aKeysTextIsToldOnceAndItIsFoundByIt() throws Exception {
        AdminAnswer made = create("{\"name\":\"é \\\"laptop\\\"\",\"more\":{\"name\":[\"x\"]}}");
        assertThat(made.status()).isEqualTo(201);
        JsonNode key = JSON.readTree(made.json());
        assertThat(key.path("name").asText()).isEqualTo("é \"laptop\"");
        byte[] text = key.path("key").asText().getBytes(StandardCharsets.UTF_8);
        GatewayKey found = Objects.requireNonNull(store.keys().find(text, 0, text.length));
        assertThat(found.id()).isEqualTo(key.path("id").asLong());
        assertThat(key.path("expires_at").isNull()).isTrue();
        assertThat(key.path("created_at").isNull()).isFalse();

        JsonNode listed = JSON.readTree(resource.list().json()).path("data");
        assertThat(listed).hasSize(1);
        assertThat(listed.path(0).has("key")).isFalse();
        assertThat(listed.path(0).path("label")).isEqualTo(key.path("label"));
        assertThat(listed.path(0).path("status").asText()).isEqualTo("active");
        assertThat(resource.list().json()).doesNotContain(key.path("key").asText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "{\"name\":null}", "{\"other\":\"x\"}"})
    void withoutANameItGetsANumber(String body) throws Exception {
        create("{\"name\":\"first\"}");
        AdminAnswer made = create(body);
        assertThat(made.status()).isEqualTo(201);
        assertThat(JSON.readTree(made.json()).path("name").asText()).isEqualTo("key-2");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"\"\"", "\" \"", "\" x\"", "\"x\\u0009\"", "\"x\\ny\"", "7", "true", "[]", "{\"name\":\"x\"}"})
    void aNameThatDoesNotFitIsRefused(String name) throws Exception {
        AdminAnswer refused = create("{\"name\":" + name + "}");
        assertThat(refused.status()).isEqualTo(400);
        assertThat(message(refused)).isEqualTo("this name does not fit (expected: 1 to 100 characters on one line)");
        assertThat(store.keys().list()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"100, 201", "101, 400"})
    void itsLengthHasABound(int characters, int status) {
        assertThat(create("{\"name\":\"" + "é".repeat(characters) + "\"}").status())
                .isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "{\"name\":", "{\"name\":\"x\"", "{name:1}", "x", "{\"a\":[}"})
    void whatIsNoJsonIsRefused(String body) throws Exception {
        AdminAnswer refused = create(body);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(message(refused)).isEqualTo("invalid JSON body (expected: {\"name\":\"…\"})");
        assertThat(store.keys().list()).isEmpty();
    }

    @Test
    void aKeyIsRevokedByItsIdItsLabelOrItsName() throws Exception {
        for (String field : new String[] {"id", "label", "name"}) {
            JsonNode key =
                    JSON.readTree(create("{\"name\":\"by-" + field + "\"}").json());
            AdminAnswer revoked = resource.revoke(key.path(field).asText());
            assertThat(revoked.status()).isEqualTo(200);
            JsonNode told = JSON.readTree(revoked.json());
            assertThat(told.path("id")).isEqualTo(key.path("id"));
            assertThat(told.path("status").asText()).isEqualTo("revoked");
            assertThat(told.has("key")).isFalse();
            AdminAnswer again = resource.revoke(key.path(field).asText());
            assertThat(again.status()).isEqualTo(404);
            assertThat(message(again)).isEqualTo("the key " + key.path(field).asText() + " is revoked already");
        }
    }

    @Test
    void aNameThatNobodyHasOrSeveralHaveRevokesNothing() throws Exception {
        assertThat(resource.revoke("nobody").status()).isEqualTo(404);
        assertThat(message(resource.revoke("nobody")))
                .isEqualTo("no key is called nobody (expected: the id, label or name of one)");
        JsonNode one = JSON.readTree(create("{\"name\":\"twin\"}").json());
        JsonNode other = JSON.readTree(create("{\"name\":\"twin\"}").json());
        AdminAnswer several = resource.revoke("twin");
        assertThat(several.status()).isEqualTo(409);
        assertThat(message(several))
                .startsWith("2 keys are called twin; name one by its id:")
                .contains(one.path("id") + " (" + one.path("label").asText() + ")")
                .contains(other.path("id") + " (" + other.path("label").asText() + ")");
        assertThat(store.keys().list()).allMatch(key -> key.status() == KeyStatus.ACTIVE);

        assertThat(resource.revoke(one.path("id").asText()).status()).isEqualTo(200);
        AdminAnswer left = resource.revoke("twin");
        assertThat(left.status()).as("only one bears it now").isEqualTo(200);
        assertThat(JSON.readTree(left.json()).path("id")).isEqualTo(other.path("id"));
    }

    @Test
    void aStoreThatIsClosedIsToldAsSuch() throws Exception {
        JsonNode key = JSON.readTree(create("{\"name\":\"x\"}").json());
        store.close();
        AdminAnswer made = create("{\"name\":\"y\"}");
        assertThat(made.status()).isEqualTo(503);
        assertThat(message(made)).startsWith("store unavailable: ");
        AdminAnswer revoked = resource.revoke(key.path("id").asText());
        assertThat(revoked.status()).isEqualTo(503);
        assertThat(message(revoked)).startsWith("store unavailable: ");
    }
}
