package io.penstock.server.admin;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Which resource answers which path. Blocks, so never on an event loop; safe from several threads. */
public final class AdminRoutes {
    /** Where every path begins. */
    public static final String BASE = "/admin/v1/";

    private static final String KEYS = BASE + "keys";
    private static final String MODELS = BASE + "models";
    private static final String STATUS = BASE + "status";

    private final KeysResource keys;
    private final ModelsResource models;
    private final @Nullable StatusResource status;

    /** {@code status} is null when no gateway runs. */
    public AdminRoutes(KeysResource keys, ModelsResource models, @Nullable StatusResource status) {
        this.keys = keys;
        this.models = models;
        this.status = status;
    }

    /**
     * Answers one request.
     *
     * @param path without a query; only the key's name in it is decoded
     */
    public AdminAnswer answer(String method, String path, byte[] body) {
        return switch (method + " " + path) {
            case "GET " + KEYS -> keys.list();
            case "POST " + KEYS -> keys.create(body);
            case "GET " + MODELS -> models.list();
            case "GET " + STATUS -> status == null ? unknown(method, path) : status.show();
            default ->
                method.equals("DELETE") && path.startsWith(KEYS + "/")
                        ? revoke(path.substring(KEYS.length() + 1))
                        : unknown(method, path);
        };
    }

    private AdminAnswer revoke(String encoded) {
        try {
            return keys.revoke(URLDecoder.decode(encoded.replace("+", "%2B"), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException malformed) {
            return AdminAnswer.error(400, "a malformed % in the path");
        }
    }

    private static AdminAnswer unknown(String method, String path) {
        return AdminAnswer.error(404, "unknown api path: " + method + " " + path);
    }
}
