package io.penstock.server.admin;

import io.penstock.protocol.JsonText;
import io.penstock.store.GatewayKey;
import io.penstock.store.KeyStatus;
import io.penstock.store.Keys;
import io.penstock.store.NewKey;
import io.penstock.store.StoreException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The keys that clients show: list, make, revoke. A change holds for the next request. */
public final class KeysResource {
    private static final JsonFactory JSON = JsonFactory.builder().build();
    private static final int NAME_CHARACTERS_MAX = 100;

    private final Keys keys;

    public KeysResource(Keys keys) {
        this.keys = keys;
    }

    AdminAnswer list() {
        StringBuilder json = new StringBuilder(256).append("{\"data\":[");
        String comma = "";
        for (GatewayKey key : keys.list()) {
            write(json.append(comma), key, null);
            comma = ",";
        }
        return AdminAnswer.ok(json.append("]}"));
    }

    /** {@code {"name":…}}; without a name it gets a number. The answer has the key's text, this once. */
    AdminAnswer create(byte[] body) {
        String name;
        try {
            name = name(body);
        } catch (JacksonException malformed) {
            return AdminAnswer.error(400, "invalid JSON body (expected: {\"name\":\"…\"})");
        }
        if (name == null) {
            name = "key-" + (keys.list().size() + 1);
        }
        if (!fits(name)) {
            return AdminAnswer.error(
                    400, "this name does not fit (expected: 1 to " + NAME_CHARACTERS_MAX + " characters on one line)");
        }
        try {
            NewKey key = keys.create(name);
            StringBuilder json = new StringBuilder(256);
            write(json, key.key(), key.text());
            return new AdminAnswer(201, json.toString());
        } catch (StoreException e) {
            return AdminAnswer.error(503, "store unavailable: " + e.getMessage());
        }
    }

    /** {@code which} is an id, a label or a name. */
    AdminAnswer revoke(String which) {
        List<GatewayKey> named = new ArrayList<>();
        boolean before = false;
        for (GatewayKey key : keys.list()) {
            boolean it = which.equals(Long.toString(key.id())) || which.equals(key.label()) || which.equals(key.name());
            if (it && key.status() != KeyStatus.REVOKED) {
                named.add(key);
            }
            before |= it;
        }
        try {
            if (!keys.revoke(which)) {
                return AdminAnswer.error(
                        404,
                        before
                                ? "the key " + which + " is revoked already"
                                : "no key is called " + which + " (expected: the id, label or name of one)");
            }
        } catch (StoreException e) {
            return named.size() > 1
                    ? AdminAnswer.error(409, several(which, named))
                    : AdminAnswer.error(503, "store unavailable: " + e.getMessage());
        }
        named.removeIf(key -> key.status() != KeyStatus.REVOKED);
        StringBuilder json = new StringBuilder(256);
        write(json, named.get(0), null);
        return AdminAnswer.ok(json);
    }

    private static String several(String which, List<GatewayKey> named) {
        StringBuilder text = new StringBuilder().append(named.size()).append(" keys are called ");
        text.append(which).append("; name one by its id:");
        for (GatewayKey key : named) {
            text.append(' ').append(key.id()).append(" (").append(key.label()).append(')');
        }
        return text.toString();
    }

    private static @Nullable String name(byte[] body) {
        if (body.length == 0) {
            return null;
        }
        String name = null;
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), body)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return "";
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean it = parser.currentName().equals("name");
                JsonToken value = parser.nextToken();
                if (it && value != JsonToken.VALUE_NULL) {
                    name = value == JsonToken.VALUE_STRING ? parser.getString() : "";
                }
                parser.skipChildren();
            }
        }
        return name;
    }

    private static boolean fits(String name) {
        return !name.isBlank()
                && name.strip().equals(name)
                && name.length() <= NAME_CHARACTERS_MAX
                && name.chars().noneMatch(Character::isISOControl);
    }

    private static void write(StringBuilder json, GatewayKey key, @Nullable String text) {
        json.append("{\"id\":").append(key.id()).append(",\"name\":");
        JsonText.quote(json, key.name()).append(",\"label\":");
        JsonText.quote(json, key.label());
        if (text != null) {
            JsonText.quote(json.append(",\"key\":"), text);
        }
        json.append(",\"status\":\"").append(key.status().label());
        json.append("\",\"declared\":").append(key.declared());
        time(json.append(",\"created_at\":"), key.createdAtMillis());
        time(json.append(",\"last_used_at\":"), key.lastUsedAtMillis());
        time(json.append(",\"expires_at\":"), key.expiresAtMillis() == GatewayKey.NEVER ? 0 : key.expiresAtMillis());
        json.append('}');
    }

    private static void time(StringBuilder json, long millis) {
        if (millis <= 0) {
            json.append("null");
        } else {
            json.append('"').append(Instant.ofEpochSecond(millis / 1000)).append('"');
        }
    }
}
