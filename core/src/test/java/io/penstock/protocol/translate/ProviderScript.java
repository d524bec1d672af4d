package io.penstock.protocol.translate;

import io.penstock.protocol.Usage;
import io.penstock.protocol.translate.Transcript.Piece;
import java.util.ArrayList;
import java.util.List;

/** Tells what was said as providers do: whole or as the data of events, regular or in any of the odd ways seen in the wild. */
final class ProviderScript {
    private final Chance chance;
    private final Transcript said;

    ProviderScript(Chance chance, Transcript said) {
        this.chance = chance;
        this.said = said;
    }

    Usage usage() {
        int[] n = said.counts();
        return new Usage(n[0], n[1], 0, 0, n[2], n[3], false);
    }

    List<String> events() {
        return switch (said.by()) {
            case OPENAI -> chatEvents();
            case ANTHROPIC -> messagesEvents();
            case RESPONSES -> responsesEvents();
        };
    }

    String whole() {
        return switch (said.by()) {
            case OPENAI -> chatWhole();
            case ANTHROPIC -> messagesWhole();
            case RESPONSES -> responsesWhole();
        };
    }

    // ---- Chat

    private String chatWhole() {
        StringBuilder text = new StringBuilder();
        StringBuilder thought = new StringBuilder();
        List<String> calls = new ArrayList<>();
        String signature = "";
        String older = "";
        for (Piece piece : said.pieces()) {
            switch (piece.kind()) {
                case Piece.TEXT -> text.append(piece.text());
                case Piece.THINKING -> {
                    thought.append(piece.text());
                    signature = piece.opaque() == null ? "" : google(piece.opaque());
                }
                default -> {
                    older = ",\"function_call\":{\"name\":" + string(piece.name()) + ",\"arguments\":"
                            + string(piece.text()) + "}";
                    calls.add("{\"id\":" + string(piece.id()) + ",\"type\":\"function\",\"function\":{\"name\":"
                            + string(piece.name()) + ",\"arguments\":" + string(piece.text()) + "}" + signature + "}");
                    signature = "";
                }
            }
        }
        return "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\""
                + (thought.isEmpty() ? "" : ",\"reasoning_content\":" + string(thought.toString()))
                + ",\"content\":" + (text.isEmpty() && chance.one(2) ? "null" : string(text.toString()))
                + (calls.isEmpty()
                        ? ""
                        : said.reason().equals(Transcript.OLDER)
                                ? older
                                : ",\"tool_calls\":[" + String.join(",", calls) + "]")
                + "},\"finish_reason\":" + string(said.reason()) + "}]}";
    }

    private String google(String signature) {
        return ",\"extra_content\":{\"google\":{\"thought_signature\":" + string(signature) + "}}";
    }

    private static String chunk(String delta, String reason) {
        return "{\"id\":\"x\",\"choices\":[{\"index\":0,\"delta\":{" + delta + "},\"finish_reason\":" + reason + "}]}";
    }

    private List<String> chatEvents() {
        List<String> events = new ArrayList<>();
        if (chance.one(2)) {
            events.add("{\"id\":\"x\",\"choices\":[],\"prompt_filter_results\":[]}");
        }
        if (!chance.one(3)) {
            events.add(chunk("\"role\":\"assistant\",\"content\":" + (chance.one(2) ? "\"\"" : "null"), "null"));
        }
        String thinking = chance.one(2) ? "reasoning_content" : "reasoning";
        List<Piece> calls = new ArrayList<>();
        List<String> signatures = new ArrayList<>();
        String signature = "";
        for (Piece piece : said.pieces()) {
            if (piece.kind() == Piece.CALL) {
                calls.add(piece);
                signatures.add(signature);
                signature = "";
            } else if (piece.opaque() != null) {
                signature = google(piece.opaque());
            } else {
                for (String part : chance.cut(piece.text())) {
                    String name = piece.kind() == Piece.TEXT ? "content" : thinking;
                    events.add(chunk("\"" + name + "\":" + string(part), "null"));
                }
            }
        }
        switch (said.reason().equals(Transcript.OLDER) ? -1 : chance.below(5)) {
            case -1 -> older(calls.get(0), events);
            case 0, 1 -> interleaved(calls, signatures, events);
            case 2 -> sequential(calls, signatures, events, false, true);
            case 3 -> sequential(calls, signatures, events, false, false);
            default -> sequential(calls, signatures, events, true, false);
        }
        events.add(chunk(chance.one(2) ? "" : "\"content\":\"\"", string(said.reason())));
        events.add("{\"id\":\"x\",\"choices\":[],\"usage\":{}}");
        return events;
    }

    private void older(Piece call, List<String> events) {
        List<String> rest = chance.cut(call.text());
        String first = rest.isEmpty() || chance.one(2) ? "" : rest.remove(0);
        events.add(chunk(
                "\"function_call\":{\"name\":" + string(call.name()) + ",\"arguments\":" + string(first) + "}",
                "null"));
        boolean named = chance.one(3);
        for (String part : rest) {
            String name = named ? "\"name\":" + (chance.one(2) ? string(call.name()) : "null") + "," : "";
            events.add(chunk("\"function_call\":{" + name + "\"arguments\":" + string(part) + "}", "null"));
        }
    }

    /** By index, several calls at once and several fragments in one chunk; an id stands in the first fragment. */
    private void interleaved(List<Piece> calls, List<String> signatures, List<String> events) {
        List<List<String>> open = new ArrayList<>();
        int begun = 0;
        List<String> deltas = new ArrayList<>();
        while (begun < calls.size() || open.stream().anyMatch(rest -> !rest.isEmpty())) {
            if (begun < calls.size() && chance.one(2)) {
                Piece call = calls.get(begun);
                List<String> rest = chance.cut(call.text());
                String first = rest.isEmpty() || chance.one(2) ? "" : rest.remove(0);
                deltas.add("{\"index\":" + begun + ",\"id\":" + string(call.id())
                        + ",\"type\":\"function\",\"function\":{\"name\":"
                        + string(call.name())
                        + (chance.one(4) && first.isEmpty() ? "" : ",\"arguments\":" + string(first))
                        + "}" + signatures.get(begun) + "}");
                open.add(rest);
                begun++;
            } else if (!open.isEmpty()) {
                int index = chance.below(open.size());
                if (!open.get(index).isEmpty()) {
                    deltas.add("{\"index\":" + index
                            + (chance.one(4) ? ",\"id\":" + (chance.one(2) ? "null" : "\"\"") : "")
                            + ",\"function\":{" + (chance.one(4) ? "\"name\":null," : "") + "\"arguments\":"
                            + string(open.get(index).remove(0)) + "}}");
                }
            }
            if (!deltas.isEmpty() && !chance.one(4)) {
                events.add(chunk("\"tool_calls\":[" + String.join(",", deltas) + "]", "null"));
                deltas.clear();
            }
        }
        if (!deltas.isEmpty()) {
            events.add(chunk("\"tool_calls\":[" + String.join(",", deltas) + "]", "null"));
        }
    }

    /** One call behind the other: all under index 0, or under none with an id in every fragment or only the first. */
    private void sequential(
            List<Piece> calls, List<String> signatures, List<String> events, boolean zero, boolean alwaysId) {
        for (int i = 0; i < calls.size(); i++) {
            Piece call = calls.get(i);
            List<String> rest = chance.cut(call.text());
            String id = "\"id\":" + string(call.id()) + ",";
            String index = zero ? "\"index\":0," : "";
            String first = rest.isEmpty() || chance.one(2) ? "" : rest.remove(0);
            events.add(chunk(
                    "\"tool_calls\":[{" + index + id + "\"function\":{\"name\":" + string(call.name())
                            + ",\"arguments\":" + string(first) + "}" + signatures.get(i) + "}]",
                    "null"));
            for (String part : rest) {
                events.add(chunk(
                        "\"tool_calls\":[{" + index + (alwaysId ? id : "") + "\"function\":{\"arguments\":"
                                + string(part) + "}}]",
                        "null"));
            }
        }
    }

    // ---- Messages

    private String messagesWhole() {
        List<String> blocks = new ArrayList<>();
        for (Piece piece : said.pieces()) {
            blocks.add(
                    switch (piece.kind()) {
                        case Piece.TEXT -> "{\"type\":\"text\",\"text\":" + string(piece.text()) + "}";
                        case Piece.THINKING -> thought(piece);
                        default ->
                            "{\"type\":\"tool_use\",\"id\":" + string(piece.id()) + ",\"name\":" + string(piece.name())
                                    + ",\"input\":" + input(piece.text()) + "}";
                    });
        }
        return "{\"type\":\"message\",\"role\":\"assistant\",\"content\":[" + String.join(",", blocks)
                + "],\"stop_reason\":" + string(said.reason()) + "}";
    }

    private String input(String arguments) {
        return arguments.isEmpty() ? "{}" : isJson(arguments) ? arguments : string(arguments);
    }

    private static boolean isJson(String arguments) {
        return !Transcript.arguments(arguments).startsWith("as written");
    }

    private String thought(Piece piece) {
        if (piece.text().isEmpty()) {
            return "{\"type\":\"redacted_thinking\",\"data\":" + string("" + piece.opaque()) + "}";
        }
        String signature = piece.opaque() == null ? "" : piece.opaque();
        return "{\"type\":\"thinking\",\"thinking\":" + string(piece.text()) + ",\"signature\":" + string(signature)
                + "}";
    }

    private List<String> messagesEvents() {
        List<String> events = new ArrayList<>();
        events.add("{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"content\":[],\"usage\":{}}}");
        int index = 0;
        for (Piece piece : said.pieces()) {
            String block = switch (piece.kind()) {
                case Piece.TEXT -> "{\"type\":\"text\",\"text\":\"\"}";
                case Piece.THINKING ->
                    piece.text().isEmpty()
                            ? thought(piece)
                            : "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}";
                default ->
                    "{\"type\":\"tool_use\",\"id\":" + string(piece.id()) + ",\"name\":" + string(piece.name())
                            + ",\"input\":";
            };
            boolean inStart = piece.kind() == Piece.CALL && isJson(piece.text()) && chance.one(4);
            if (piece.kind() == Piece.CALL) {
                block += (inStart ? input(piece.text()) : "{}") + "}";
            }
            events.add("{\"type\":\"content_block_start\",\"index\":" + index + ",\"content_block\":" + block + "}");
            if (chance.one(4)) {
                events.add(
                        chance.one(2)
                                ? "{\"type\":\"ping\"}"
                                : "{\"type\":\"some_new_event\",\"index\":0,\"delta\":{\"text\":\"x\"}}");
            }
            switch (piece.kind()) {
                case Piece.TEXT -> deltas(index, "text_delta\",\"text", piece.text(), events);
                case Piece.THINKING -> {
                    if (!piece.text().isEmpty()) {
                        deltas(index, "thinking_delta\",\"thinking", piece.text(), events);
                        deltas(
                                index,
                                "signature_delta\",\"signature",
                                piece.opaque() == null ? "" : piece.opaque(),
                                events);
                    }
                }
                default -> {
                    if (chance.one(2)) {
                        delta(index, "input_json_delta\",\"partial_json", "", events);
                    }
                    deltas(index, "input_json_delta\",\"partial_json", inStart ? "" : piece.text(), events);
                }
            }
            events.add("{\"type\":\"content_block_stop\",\"index\":" + index++ + "}");
        }
        events.add(
                "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":" + string(said.reason()) + "},\"usage\":{}}");
        events.add("{\"type\":\"message_stop\"}");
        return events;
    }

    private void deltas(int index, String what, String text, List<String> events) {
        for (String part : chance.cut(text)) {
            delta(index, what, part, events);
        }
    }

    private void delta(int index, String what, String part, List<String> events) {
        events.add("{\"type\":\"content_block_delta\",\"index\":" + index + ",\"delta\":{\"type\":\"" + what + "\":"
                + string(part) + "}}");
    }

    // ---- Responses

    private String item(int index, boolean done) {
        Piece piece = said.pieces().get(index);
        return switch (piece.kind()) {
            case Piece.TEXT ->
                "{\"type\":\"message\",\"id\":\"msg_" + index + "\",\"role\":\"assistant\",\"content\":["
                        + (done ? "{\"type\":\"output_text\",\"text\":" + string(piece.text()) + "}" : "") + "]}";
            case Piece.THINKING ->
                "{\"type\":\"reasoning\",\"id\":\"rs_" + index + "\",\"summary\":["
                        + (done && !piece.text().isEmpty()
                                ? "{\"type\":\"summary_text\",\"text\":" + string(piece.text()) + "}"
                                : "")
                        + "]"
                        + (done && piece.opaque() != null ? ",\"encrypted_content\":" + string(piece.opaque()) : "")
                        + "}";
            default ->
                "{\"type\":\"function_call\",\"id\":\"fc_" + index + "\",\"call_id\":" + string(piece.id())
                        + ",\"name\":" + string(piece.name()) + ",\"arguments\":" + string(done ? piece.text() : "")
                        + "}";
        };
    }

    private String responsesWhole() {
        List<String> items = new ArrayList<>();
        for (int i = 0; i < said.pieces().size(); i++) {
            items.add(item(i, true));
        }
        return "{\"object\":\"response\"," + status() + ",\"output\":[" + String.join(",", items) + "]}";
    }

    private String status() {
        return "\"status\":" + string(said.reason())
                + (said.reason().equals("incomplete")
                        ? ",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}"
                        : ",\"incomplete_details\":null");
    }

    /** Items one behind the other; the deltas of calls that stand side by side may be mixed. */
    private List<String> responsesEvents() {
        List<String> events = new ArrayList<>();
        events.add("{\"type\":\"response.created\",\"response\":{\"status\":\"in_progress\"}}");
        boolean indexed = !chance.one(5);
        for (int i = 0; i < said.pieces().size(); ) {
            int end = i + 1;
            while (indexed
                    && said.pieces().get(i).kind() == Piece.CALL
                    && end < said.pieces().size()
                    && said.pieces().get(end).kind() == Piece.CALL
                    && chance.one(2)) {
                end++;
            }
            List<List<String>> mixed = new ArrayList<>();
            for (int k = i; k < end; k++) {
                mixed.add(itemEvents(k, indexed));
            }
            for (List<String> of : mixed) {
                events.add(of.remove(0));
            }
            while (mixed.stream().anyMatch(rest -> !rest.isEmpty())) {
                List<String> of = mixed.get(chance.below(mixed.size()));
                if (!of.isEmpty()) {
                    events.add(of.remove(0));
                }
            }
            i = end;
        }
        events.add("{\"type\":\"response." + said.reason() + "\",\"response\":{" + status() + ",\"output\":[]}}");
        return events;
    }

    private List<String> itemEvents(int index, boolean indexed) {
        List<String> events = new ArrayList<>();
        Piece piece = said.pieces().get(index);
        String at = (indexed ? ",\"output_index\":" + index : "");
        String in = at + ",\"item_id\":\""
                + (piece.kind() == Piece.CALL ? "fc_" : piece.kind() == Piece.TEXT ? "msg_" : "rs_") + index + "\"";
        events.add("{\"type\":\"response.output_item.added\"" + at + ",\"item\":" + item(index, false) + "}");
        boolean told = !chance.one(4);
        String kind = switch (piece.kind()) {
            case Piece.TEXT -> "output_text";
            case Piece.THINKING -> "reasoning_summary_text";
            default -> "function_call_arguments";
        };
        if (told) {
            for (String part : chance.cut(piece.text())) {
                events.add("{\"type\":\"response." + kind + ".delta\"" + in + ",\"delta\":" + string(part) + "}");
            }
        }
        if (told || chance.one(2)) {
            String name = piece.kind() == Piece.CALL ? "arguments" : "text";
            events.add("{\"type\":\"response." + kind + ".done\"" + in + ",\"" + name + "\":" + string(piece.text())
                    + "}");
        }
        events.add("{\"type\":\"response.output_item.done\"" + at + ",\"item\":" + item(index, true) + "}");
        return events;
    }

    private String string(String text) {
        return chance.string(text);
    }
}
