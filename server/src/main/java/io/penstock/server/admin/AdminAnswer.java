package io.penstock.server.admin;

import io.penstock.protocol.JsonText;

/**
 * What the admin API answers.
 *
 * @param status of HTTP
 * @param json the body
 */
public record AdminAnswer(int status, String json) {
    static AdminAnswer ok(StringBuilder json) {
        return new AdminAnswer(200, json.toString());
    }

    static AdminAnswer error(int status, String message) {
        StringBuilder json = new StringBuilder(64 + message.length()).append("{\"error\":{\"message\":");
        return new AdminAnswer(
                status, JsonText.quote(json, message).append("}}").toString());
    }
}
