package io.penstock.protocol.translate;

import io.penstock.protocol.Usage;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes an answer as chunks of chat completions (CLIENTS section 6): one id throughout, the role first, calls by index,
 * fragments as they come. Holds nothing but the arguments of custom tools, which are told whole.
 */
final class ChatEvents extends AnswerWriter {
    private final AnswerFacts facts;
    private final ToolNames names;
    private final byte[] head;
    private final Map<Integer, Call> calls = new HashMap<>();
    private int detail; // index of the thinking at hand in reasoning_details
    private boolean older; // whether a call was told in the older form
    private boolean thinking;
    private boolean thought; // before, too: a blank line stands between
    private @Nullable Finish finish;

    private static final class Call {
        private final int index;
        private final ToolNames.Known tool;
        private final Slice id; // of a custom tool's; its bytes are kept
        private final @Nullable JsonOut held; // of a custom tool
        private final boolean older;
        private boolean argued;
        private boolean ended;

        private Call(int index, ToolNames.Known tool, Slice id) {
            this.older = index == 0 && tool.kind() == ToolNames.Kind.OLDER_FUNCTION;
            boolean custom = tool.kind() == ToolNames.Kind.CUSTOM;
            this.index = index;
            this.tool = tool;
            this.id = custom ? Opaques.kept(id) : Slice.EMPTY;
            this.held = custom ? new JsonOut() : null;
        }
    }

    ChatEvents(AnswerFacts facts, ToolNames names) {
        this.facts = facts;
        this.names = names;
        JsonOut json = new JsonOut().ascii("data: {\"id\":").quoted(facts.id("chatcmpl-"));
        json.ascii(",\"object\":\"chat.completion.chunk\",\"created\":").number(facts.createdSeconds());
        json.ascii(",\"model\":").quoted(facts.model());
        this.head = json.toBytes();
    }

    @Override
    int heldBytes() {
        int bytes = 0;
        for (Call call : calls.values()) {
            bytes += call.held == null ? 0 : call.held.length();
        }
        return bytes;
    }

    private JsonOut delta() {
        return out.raw(head, 0, head.length).ascii(",\"choices\":[{\"index\":0,\"delta\":{");
    }

    private void deltaEnds() {
        out.ascii("},\"logprobs\":null,\"finish_reason\":null}]}\n\n");
    }

    @Override
    public void begin() {
        delta().ascii("\"role\":\"assistant\",\"content\":\"\"");
        deltaEnds();
    }

    @Override
    public void text(byte[] bytes, int from, int to) {
        thinkingEnds();
        delta().ascii("\"content\":\"").raw(bytes, from, to).raw('"');
        deltaEnds();
    }

    @Override
    public void thinking(byte[] bytes, int from, int to) {
        String between = thought && !thinking ? "\\n\\n" : "";
        thinking = true;
        thought = true;
        delta();
        if (facts.details()) {
            out.ascii("\"reasoning\":\"").ascii(between).raw(bytes, from, to).ascii("\",\"reasoning_details\":[");
            out.ascii("{\"type\":\"reasoning.text\",\"text\":\"").raw(bytes, from, to);
            out.ascii("\",\"signature\":null");
            detailEnds();
        } else {
            out.ascii("\"reasoning_content\":\"")
                    .ascii(between)
                    .raw(bytes, from, to)
                    .raw('"');
        }
        deltaEnds();
    }

    private void detailEnds() {
        out.ascii(",\"id\":null,\"format\":\"unknown\",\"index\":")
                .number(detail)
                .ascii("}]");
    }

    @Override
    public void opaque(Opaque opaque) {
        if (!facts.details()) {
            thinking = false;
        } else {
            delta().ascii("\"reasoning_details\":[");
            if (thinking) {
                out.ascii("{\"type\":\"reasoning.text\",\"text\":\"\",\"signature\":\"");
            } else {
                out.ascii("{\"type\":\"reasoning.encrypted\",\"data\":\"");
            }
            opaque.seal(out);
            out.raw('"');
            detailEnds();
            deltaEnds();
            detail++;
            thinking = false;
        }
    }

    @Override
    public void thinkingEnds() {
        if (thinking) {
            thinking = false;
            detail++;
        }
    }

    @Override
    public void call(int key, Slice id, String name) {
        thinkingEnds();
        Call call = new Call(calls.size(), names.known(name), id);
        calls.put(key, call);
        if (call.older) {
            older = true;
            delta().ascii("\"function_call\":{\"name\":")
                    .quoted(call.tool.name())
                    .ascii(",\"arguments\":\"\"}");
            deltaEnds();
        } else if (call.held == null) {
            delta().ascii("\"tool_calls\":[{\"index\":")
                    .number(call.index)
                    .ascii(",\"id\":")
                    .quoted(id);
            out.ascii(",\"type\":\"function\",\"function\":{\"name\":").quoted(call.tool.name());
            out.ascii(",\"arguments\":\"\"}}]");
            deltaEnds();
        }
    }

    @Override
    public void arguments(int key, byte[] bytes, int from, int to) {
        Call call = calls.get(key);
        if (call == null || call.ended || from == to) {
            return;
        }
        call.argued = true;
        if (call.held == null) {
            fragment(call, bytes, from, to);
        } else {
            call.held.raw(bytes, from, to);
        }
    }

    private void fragment(Call call, byte[] bytes, int from, int to) {
        if (call.older) {
            delta().ascii("\"function_call\":{\"arguments\":\"")
                    .raw(bytes, from, to)
                    .ascii("\"}");
        } else {
            delta().ascii("\"tool_calls\":[{\"index\":").number(call.index).ascii(",\"function\":{\"arguments\":\"");
            out.raw(bytes, from, to).ascii("\"}}]");
        }
        deltaEnds();
    }

    @Override
    public void callEnds(int key) {
        Call call = calls.get(key);
        if (call == null || call.ended) {
            return;
        }
        call.ended = true;
        JsonOut held = call.held;
        if (held != null) {
            delta().ascii("\"tool_calls\":[{\"index\":")
                    .number(call.index)
                    .ascii(",\"id\":")
                    .quoted(call.id);
            out.ascii(",\"type\":\"custom\",\"custom\":{\"name\":").quoted(call.tool.name());
            out.ascii(",\"input\":")
                    .quoted(FreeText.input(new Slice(held.bytes(), 0, held.length())))
                    .ascii("}}]");
            deltaEnds();
            held.clear();
        } else if (!call.argued) {
            fragment(call, NO_ARGUMENTS, 0, NO_ARGUMENTS.length);
        }
    }

    private static final byte[] NO_ARGUMENTS = {'{', '}'};

    @Override
    public void finish(Finish why) {
        for (int key : calls.keySet().stream().sorted().toList()) {
            callEnds(key);
        }
        if (finish == null) {
            out.raw(head, 0, head.length)
                    .ascii(",\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":null,\"finish_reason\":\"");
            out.ascii(word(why, !calls.isEmpty(), older)).ascii("\"}]}\n\n");
        }
        finish = why;
    }

    /** The word for it; that there were calls counts more than what else is said. */
    static String word(Finish why, boolean calls) {
        return word(why, calls, false);
    }

    /** As above; {@code older} if the calls are told in the older form. */
    static String word(Finish why, boolean calls, boolean older) {
        return switch (why) {
            case LENGTH -> "length";
            case FILTER -> "content_filter";
            default -> calls ? older ? "function_call" : "tool_calls" : "stop";
        };
    }

    @Override
    void end(Usage usage) {
        if (finish == null) {
            finish(Finish.STOP);
        }
        if (facts.usageWanted()) {
            out.raw(head, 0, head.length).ascii(",\"choices\":[],\"usage\":");
            UsageJson.chat(usage, out);
            out.ascii("}\n\n");
        }
        out.ascii("data: [DONE]\n\n");
    }
}
