package io.penstock.protocol.translate;

import io.penstock.protocol.Usage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes an answer as the events of the Responses API (CLIENTS section 7). The protocol repeats every item whole at its end,
 * and all of them at the end of the answer, so that the answer is kept as long as its stream lasts.
 */
final class ResponsesEvents extends AnswerWriter {
    private final AnswerFacts facts;
    private final ResponseIdentity identity;
    private final ToolNames names;
    private final String maker;
    private final List<Item> items = new ArrayList<>();
    private final Map<Integer, Integer> calls = new HashMap<>(); // index in items
    private int current = -1; // index of the text or thinking that goes on
    private int sequence;
    private int held;
    private Finish finish = Finish.STOP;

    ResponsesEvents(AnswerFacts facts, ResponseEcho echo, ToolNames names, String maker) {
        this.facts = facts;
        this.identity = facts.response(echo);
        this.names = names;
        this.maker = maker;
    }

    @Override
    int heldBytes() {
        return held + identity.echo().bytes();
    }

    @Override
    long events() {
        return sequence;
    }

    private JsonOut event(String type) {
        return ResponsesJson.event(type, sequence++, out);
    }

    private JsonOut itemEvent(String type, int index) {
        return event(type)
                .ascii(",\"output_index\":")
                .number(index)
                .ascii(",\"item_id\":")
                .quoted(ResponsesJson.id(items.get(index), index, facts));
    }

    @Override
    public void begin() {
        response("response.created", "in_progress", null, List.of(), null);
        response("response.in_progress", "in_progress", null, List.of(), null);
    }

    private void response(
            String type, String status, @Nullable String reason, List<Item> output, @Nullable Usage usage) {
        event(type).ascii(",\"response\":");
        ResponsesJson.response(identity, status, reason, null, output, facts, maker, usage, out);
        out.ascii("}\n\n");
    }

    // ---- Text and thinking

    @Override
    public void text(byte[] bytes, int from, int to) {
        fragment(Item.Kind.TEXT, "response.output_text.delta", ",\"content_index\":0,\"delta\":\"", bytes, from, to)
                .ascii("\",\"logprobs\":[]}\n\n");
    }

    @Override
    public void thinking(byte[] bytes, int from, int to) {
        fragment(
                        Item.Kind.THINKING,
                        "response.reasoning_summary_text.delta",
                        ",\"summary_index\":0,\"delta\":\"",
                        bytes,
                        from,
                        to)
                .ascii("\"}\n\n");
    }

    /** An event with a fragment of the item that goes on, as far as the fragment reaches. */
    private JsonOut fragment(Item.Kind kind, String type, String before, byte[] bytes, int from, int to) {
        int index = going(kind);
        add(index, bytes, from, to);
        return itemEvent(type, index).ascii(before).raw(bytes, from, to);
    }

    private void add(int index, byte[] bytes, int from, int to) {
        items.get(index).content().raw(bytes, from, to);
        held += to - from;
    }

    private int going(Item.Kind kind) {
        if (current >= 0 && items.get(current).kind() == kind) {
            return current;
        }
        endCurrent();
        current = begins(new Item(kind));
        if (kind == Item.Kind.TEXT) {
            itemEvent("response.content_part.added", current).ascii(",\"content_index\":0,\"part\":");
            ResponsesJson.text(Slice.EMPTY, out);
        } else {
            itemEvent("response.reasoning_summary_part.added", current).ascii(",\"summary_index\":0,\"part\":");
            ResponsesJson.summary(Slice.EMPTY, out);
        }
        out.ascii("}\n\n");
        return current;
    }

    private int begins(Item item) {
        int index = items.size();
        items.add(item);
        item("response.output_item.added", index, false);
        return index;
    }

    private void item(String type, int index, boolean done) {
        Item item = items.get(index);
        event(type).ascii(",\"output_index\":").number(index).ascii(",\"item\":");
        ResponsesJson.item(item, ResponsesJson.id(item, index, facts), done, maker, out);
        out.ascii("}\n\n");
    }

    private void endCurrent() {
        int index = current;
        if (index < 0) {
            return;
        }
        current = -1;
        Item item = items.get(index);
        item.ended = true;
        if (item.kind() == Item.Kind.TEXT) {
            itemEvent("response.output_text.done", index).ascii(",\"content_index\":0,\"text\":");
            out.quoted(item.text()).ascii(",\"logprobs\":[]}\n\n");
            itemEvent("response.content_part.done", index).ascii(",\"content_index\":0,\"part\":");
            ResponsesJson.text(item.text(), out);
        } else {
            itemEvent("response.reasoning_summary_text.done", index).ascii(",\"summary_index\":0,\"text\":");
            out.quoted(item.text()).ascii("}\n\n");
            itemEvent("response.reasoning_summary_part.done", index).ascii(",\"summary_index\":0,\"part\":");
            ResponsesJson.summary(item.text(), out);
        }
        out.ascii("}\n\n");
        item("response.output_item.done", index, true);
    }

    @Override
    public void opaque(Opaque opaque) {
        held += opaque.payload().length();
        if (current >= 0 && items.get(current).kind() == Item.Kind.THINKING) {
            items.get(current).opaque = Opaques.kept(opaque);
            endCurrent();
            return;
        }
        endCurrent();
        Item item = new Item(Item.Kind.THINKING);
        item.opaque = Opaques.kept(opaque);
        item.ended = true;
        int index = begins(item);
        item("response.output_item.done", index, true);
    }

    @Override
    public void thinkingEnds() {
        if (current >= 0 && items.get(current).kind() == Item.Kind.THINKING) {
            endCurrent();
        }
    }

    // ---- Calls

    @Override
    public void call(int key, Slice id, String name) {
        endCurrent();
        Item item = new Item(Item.Kind.CALL);
        item.id = Opaques.kept(id);
        item.tool = names.known(name);
        calls.put(key, begins(item));
    }

    @Override
    public void arguments(int key, byte[] bytes, int from, int to) {
        Integer index = calls.get(key);
        if (index == null || from == to || items.get(index).ended) {
            return;
        }
        add(index, bytes, from, to);
        if (items.get(index).tool.kind() == ToolNames.Kind.FUNCTION) {
            argumentsDelta(index, new Slice(bytes, from, to));
        }
    }

    private void argumentsDelta(int index, Slice fragment) {
        itemEvent("response.function_call_arguments.delta", index)
                .ascii(",\"delta\":")
                .quoted(fragment)
                .ascii("}\n\n");
    }

    @Override
    public void callEnds(int key) {
        Integer index = calls.get(key);
        if (index == null || items.get(index).ended) {
            return;
        }
        Item item = items.get(index);
        item.ended = true;
        switch (item.tool.kind()) {
            case CUSTOM -> {
                Slice input = FreeText.input(item.arguments());
                itemEvent("response.custom_tool_call_input.delta", index)
                        .ascii(",\"delta\":")
                        .quoted(input)
                        .ascii("}\n\n");
                itemEvent("response.custom_tool_call_input.done", index)
                        .ascii(",\"input\":")
                        .quoted(input)
                        .ascii("}\n\n");
            }
            case LOCAL_SHELL -> {}
            default -> {
                if (item.content().length() == 0) {
                    argumentsDelta(index, item.arguments());
                }
                itemEvent("response.function_call_arguments.done", index).ascii(",\"name\":");
                out.quoted(item.tool.name()).ascii(",\"arguments\":").quoted(item.arguments());
                out.ascii("}\n\n");
            }
        }
        item("response.output_item.done", index, true);
    }

    // ---- The end

    @Override
    public void finish(Finish why) {
        finish = why;
        endAll();
    }

    private void endAll() {
        endCurrent();
        for (int key : calls.keySet().stream().sorted().toList()) {
            callEnds(key);
        }
    }

    @Override
    void end(Usage usage) {
        endAll();
        String reason = ResponsesJson.incomplete(finish);
        response(
                reason == null ? "response.completed" : "response.incomplete",
                reason == null ? "completed" : "incomplete",
                reason,
                items,
                usage);
    }
}
