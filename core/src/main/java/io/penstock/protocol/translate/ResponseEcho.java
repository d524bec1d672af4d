package io.penstock.protocol.translate;

import io.penstock.protocol.Utf8;
import org.jspecify.annotations.Nullable;

/**
 * What a response repeats of its request (the Open Responses schema requires all of it): a value that the request named in the
 * right type, else the default that the API documents. Nothing is stored here, and no answer runs in the background, whatever
 * was asked. Immutable.
 */
public final class ResponseEcho {
    /**
     * Longer instructions and tools are not repeated: they would stand in three events, and in memory as long as the stream
     * lasts.
     */
    static final int REPEATED_BYTES_MAX = 16 * 1024;

    private static final String[] TIERS = {"flex", "priority", "scale"};

    /** Of a request that named nothing. */
    public static final ResponseEcho DEFAULTS = new ResponseEcho(new JsonTape(), JsonTape.NONE, false);

    private final JsonOut members = new JsonOut();

    private ResponseEcho(JsonTape tape, int body, boolean tierTold) {
        members.ascii(",\"background\":false");
        number(tape, body, "frequency_penalty", "0");
        text(tape, body, "instructions", REPEATED_BYTES_MAX);
        whole(tape, body, "max_output_tokens", "null");
        whole(tape, body, "max_tool_calls", "null");
        int metadata = tape.get(body, "metadata");
        value("metadata", tape, tape.isObject(metadata) ? metadata : JsonTape.NONE, "{}");
        int parallel = tape.get(body, "parallel_tool_calls");
        members.ascii(",\"parallel_tool_calls\":").ascii(tape.isFalse(parallel) ? "false" : "true");
        number(tape, body, "presence_penalty", "0");
        members.ascii(",\"previous_response_id\":null");
        text(tape, body, "prompt_cache_key", REPEATED_BYTES_MAX);
        reasoning(tape, tape.get(body, "reasoning"));
        text(tape, body, "safety_identifier", REPEATED_BYTES_MAX);
        members.ascii(",\"service_tier\":").quoted(tier(tape, tape.get(body, "service_tier"), tierTold));
        members.ascii(",\"store\":false");
        number(tape, body, "temperature", "1");
        format(tape, tape.get(body, "text"));
        choice(tape, tape.get(body, "tool_choice"));
        tools(tape, tape.get(body, "tools"));
        whole(tape, body, "top_logprobs", "0");
        number(tape, body, "top_p", "1");
        boolean auto = tape.is(tape.get(body, "truncation"), "auto");
        members.ascii(auto ? ",\"truncation\":\"auto\"" : ",\"truncation\":\"disabled\"");
        text(tape, body, "user", REPEATED_BYTES_MAX);
        byte[] json = members.bytes();
        for (int i = 0; i < members.length(); i++) {
            json[i] = json[i] == '\n' || json[i] == '\r' ? (byte) ' ' : json[i]; // an event's data is one line
        }
    }

    /**
     * Of a request's body.
     *
     * @param tierTold whether the provider was told the service tier
     */
    static ResponseEcho of(JsonTape tape, boolean tierTold) {
        ResponseEcho echo = new ResponseEcho(tape, JsonTape.ROOT, tierTold);
        return Utf8.valid(echo.members.bytes(), 0, echo.members.length()) ? echo : DEFAULTS;
    }

    /** Writes the members, a comma before each. */
    void write(JsonOut out) {
        out.raw(members);
    }

    /** Bytes that are kept. */
    int bytes() {
        return this == DEFAULTS ? 0 : members.length();
    }

    // ---- Members

    private void value(String name, JsonTape tape, int node, String otherwise) {
        members.member(name);
        if (node == JsonTape.NONE) {
            members.ascii(otherwise);
        } else {
            members.raw(tape.raw(node));
        }
    }

    private void number(JsonTape tape, int body, String name, String otherwise) {
        int node = tape.get(body, name);
        value(name, tape, tape.isNumber(node) ? node : JsonTape.NONE, otherwise);
    }

    private void whole(JsonTape tape, int body, String name, String otherwise) {
        int node = tape.get(body, name);
        value(name, tape, tape.wholeNumber(node) >= 0 ? node : JsonTape.NONE, otherwise);
    }

    private void text(JsonTape tape, int body, String name, int bytesMax) {
        int node = tape.get(body, name);
        boolean fits = tape.isString(node) && tape.slice(node).length() <= bytesMax;
        value(name, tape, fits ? node : JsonTape.NONE, "null");
    }

    private static String tier(JsonTape tape, int node, boolean told) {
        for (String tier : TIERS) {
            if (told && tape.is(node, tier)) {
                return tier;
            }
        }
        return "default";
    }

    private void reasoning(JsonTape tape, int reasoning) {
        members.member("reasoning").raw('{');
        text(tape, reasoning, "effort", REPEATED_BYTES_MAX);
        text(tape, reasoning, "summary", REPEATED_BYTES_MAX);
        members.raw('}');
    }

    private void format(JsonTape tape, int text) {
        int format = tape.get(text, "format");
        String type = tape.text(tape.get(format, "type"));
        members.member("text").ascii("{\"format\":");
        if (type.equals("json_schema") && tape.raw(format).length() <= REPEATED_BYTES_MAX) {
            members.ascii("{\"type\":\"json_schema\"");
            int name = tape.get(format, "name");
            value("name", tape, tape.isString(name) ? name : JsonTape.NONE, "\"answer\"");
            text(tape, format, "description", REPEATED_BYTES_MAX);
            int schema = tape.get(format, "schema");
            value("schema", tape, tape.isObject(schema) ? schema : JsonTape.NONE, "{}");
            members.member("strict").ascii(tape.isTrue(tape.get(format, "strict")) ? "true" : "false");
        } else {
            members.ascii(type.equals("json_object") ? "{\"type\":\"json_object\"" : "{\"type\":\"text\"");
        }
        members.raw('}');
        int verbosity = tape.get(text, "verbosity");
        boolean known = tape.is(verbosity, "low") || tape.is(verbosity, "high");
        value("verbosity", tape, known ? verbosity : JsonTape.NONE, "\"medium\"");
        members.raw('}');
    }

    private void choice(JsonTape tape, int choice) {
        members.member("tool_choice");
        String type = tape.text(tape.get(choice, "type"));
        int nested = tape.get(choice, "function");
        int name = tape.get(tape.isObject(nested) ? nested : choice, "name");
        int tools = tape.get(choice, "tools");
        if (tape.is(choice, "none") || tape.is(choice, "required")) {
            members.quoted(tape.slice(choice));
        } else if (type.equals("allowed_tools") && tape.isArray(tools)) {
            members.ascii("{\"type\":\"allowed_tools\",\"mode\":");
            members.ascii(tape.is(tape.get(choice, "mode"), "required") ? "\"required\"" : "\"auto\"");
            members.ascii(",\"tools\":").raw(tape.raw(tools)).raw('}');
        } else if (!type.isEmpty() && tape.isString(name)) {
            members.ascii("{\"type\":")
                    .quoted(type)
                    .ascii(",\"name\":")
                    .quoted(tape.slice(name))
                    .raw('}');
        } else {
            members.ascii("\"auto\"");
        }
    }

    private void tools(JsonTape tape, int tools) {
        members.member("tools").raw('[');
        if (tape.isArray(tools) && tape.raw(tools).length() <= REPEATED_BYTES_MAX) {
            for (int at = tape.first(tools), end = tape.next(tools); at < end; at = tape.next(at)) {
                tool(tape, at);
            }
        }
        members.raw(']');
    }

    private void tool(JsonTape tape, int tool) {
        int nested = tape.get(tool, "function");
        int function = tape.isObject(nested) ? nested : tool;
        String type = tape.text(tape.get(tool, "type"));
        if (!tape.isObject(nested) && !type.equals("function")) {
            if (!type.isEmpty()) {
                members.comma().raw(tape.raw(tool)); // of a kind that has a shape of its own
            }
            return;
        }
        members.comma().ascii("{\"type\":\"function\"");
        int name = tape.get(function, "name");
        value("name", tape, tape.isString(name) ? name : JsonTape.NONE, "\"\"");
        text(tape, function, "description", REPEATED_BYTES_MAX);
        int parameters = tape.get(function, "parameters");
        value("parameters", tape, tape.isObject(parameters) ? parameters : JsonTape.NONE, "null");
        int strict = tape.get(function, "strict");
        @Nullable Boolean said = Reading.booleanOrNull(tape, strict);
        members.member("strict").ascii(said == null ? "null" : said.toString());
        members.raw('}');
    }
}
