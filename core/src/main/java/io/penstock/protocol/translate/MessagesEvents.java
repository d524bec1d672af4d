package io.penstock.protocol.translate;

import io.penstock.protocol.Usage;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes an answer as the events of Anthropic messages (CLIENTS section 6). Blocks may not overlap there: one is open at a
 * time, its fragments go out as they come, and what belongs to a later block waits until the open one is complete. For calls
 * that come one behind the other that is never long: a call whose arguments are complete JSON gives way to the next.
 *
 * <p>The last words ({@code message_delta} with the usage, {@code message_stop}) wait for {@link #end}.
 */
final class MessagesEvents extends AnswerWriter {
    private enum Kind {
        TEXT,
        THINKING,
        REDACTED,
        CALL
    }

    private static final class Block {
        private final Kind kind;
        private Slice id = Slice.EMPTY;
        private String name = "";
        private final JsonProgress progress = new JsonProgress();
        private @Nullable Opaque opaque;
        private @Nullable JsonOut held; // fragments, until the block is opened
        private boolean ended;
        private boolean closed;

        private Block(Kind kind) {
            this.kind = kind;
        }
    }

    private final AnswerFacts facts;
    private final ToolNames names;
    private final String maker;
    private final Map<Integer, Block> calls = new HashMap<>();
    private final ArrayDeque<Block> waiting = new ArrayDeque<>();
    private @Nullable Block open;
    private int index = -1; // of the open block, or the last one
    private int held;
    private Finish finish = Finish.STOP;

    MessagesEvents(AnswerFacts facts, ToolNames names, String maker) {
        this.facts = facts;
        this.names = names;
        this.maker = maker;
    }

    @Override
    int heldBytes() {
        return held;
    }

    @Override
    public void begin() {
        out.ascii("event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":");
        out.quoted(facts.id("msg_")).ascii(",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
        out.quoted(facts.model()).ascii(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":");
        out.ascii("{\"input_tokens\":").number(facts.inputTokens());
        out.ascii(",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":0}}}\n\n");
    }

    // ---- What is told

    @Override
    public void text(byte[] bytes, int from, int to) {
        append(tail(Kind.TEXT), bytes, from, to);
    }

    @Override
    public void thinking(byte[] bytes, int from, int to) {
        append(tail(Kind.THINKING), bytes, from, to);
    }

    @Override
    public void opaque(Opaque opaque) {
        Block last = waiting.isEmpty() ? open : waiting.peekLast();
        if (last != null && last.kind == Kind.THINKING && !last.ended) {
            last.opaque = Opaques.kept(opaque);
        } else {
            last = new Block(Kind.REDACTED);
            last.opaque = Opaques.kept(opaque);
            waiting.add(last);
        }
        last.ended = true;
        advance(false);
    }

    @Override
    public void thinkingEnds() {
        Block last = waiting.isEmpty() ? open : waiting.peekLast();
        if (last != null && last.kind == Kind.THINKING) {
            last.ended = true;
            advance(false);
        }
    }

    @Override
    public void call(int key, Slice id, String name) {
        Block block = new Block(Kind.CALL);
        block.id = Opaques.kept(id);
        block.name = names.known(name).name();
        calls.put(key, block);
        waiting.add(block);
        advance(false);
    }

    @Override
    public void arguments(int key, byte[] bytes, int from, int to) {
        Block block = calls.get(key);
        if (block != null && !block.ended && from < to) {
            block.progress.feed(bytes, from, to);
            append(block, bytes, from, to);
        }
    }

    @Override
    public void callEnds(int key) {
        Block block = calls.get(key);
        if (block != null) {
            block.ended = true;
            advance(false);
        }
    }

    @Override
    public void finish(Finish why) {
        finish = why;
        for (Block call : calls.values()) {
            call.ended = true;
        }
        advance(true);
    }

    // ---- Blocks

    /** The last block if it is of that kind and goes on, else a new one behind it. */
    private Block tail(Kind kind) {
        Block last = waiting.isEmpty() ? open : waiting.peekLast();
        if (last == null || last.kind != kind || last.ended) {
            last = new Block(kind);
            waiting.add(last);
            advance(false);
        }
        return last;
    }

    private void append(Block block, byte[] bytes, int from, int to) {
        if (block == open) {
            fragment(block, bytes, from, to);
        } else if (!block.closed) {
            block.held = (block.held == null ? new JsonOut() : block.held).raw(bytes, from, to);
            held += to - from;
        }
    }

    /** Closes the open block if it is complete, and opens the next, as far as that goes. */
    private void advance(boolean all) {
        while (true) {
            Block now = open;
            if (now != null) {
                boolean givesWay = now.kind != Kind.CALL || now.progress.complete();
                if (!now.ended && !all && (waiting.isEmpty() || !givesWay)) {
                    return;
                }
                close(now);
                now.closed = true;
                open = null;
            }
            Block next = waiting.poll();
            if (next == null) {
                return;
            }
            open(next);
        }
    }

    private void open(Block block) {
        open = block;
        index++;
        out.ascii("event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":")
                .number(index);
        out.ascii(",\"content_block\":{\"type\":");
        switch (block.kind) {
            case TEXT -> out.ascii("\"text\",\"text\":\"\"");
            case THINKING -> out.ascii("\"thinking\",\"thinking\":\"\",\"signature\":\"\"");
            case REDACTED -> {
                out.ascii("\"redacted_thinking\",\"data\":\"");
                seal(block);
                out.raw('"');
            }
            case CALL -> {
                out.ascii("\"tool_use\",\"id\":")
                        .quoted(block.id)
                        .ascii(",\"name\":")
                        .quoted(block.name);
                out.ascii(",\"input\":{}");
            }
        }
        out.ascii("}}\n\n");
        JsonOut early = block.held;
        if (early != null) {
            block.held = null;
            held -= early.length();
            fragment(block, early.bytes(), 0, early.length());
        }
    }

    private void fragment(Block block, byte[] bytes, int from, int to) {
        delta();
        switch (block.kind) {
            case TEXT -> out.ascii("\"text_delta\",\"text\":\"");
            case THINKING -> out.ascii("\"thinking_delta\",\"thinking\":\"");
            default -> out.ascii("\"input_json_delta\",\"partial_json\":\"");
        }
        out.raw(bytes, from, to).ascii("\"}}\n\n");
    }

    private void delta() {
        out.ascii("event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":")
                .number(index);
        out.ascii(",\"delta\":{\"type\":");
    }

    private void close(Block block) {
        if (block.kind == Kind.THINKING) {
            delta();
            out.ascii("\"signature_delta\",\"signature\":\"");
            seal(block);
            out.ascii("\"}}\n\n");
        }
        out.ascii("event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":")
                .number(index);
        out.ascii("}\n\n");
    }

    private void seal(Block block) {
        Opaque opaque = block.opaque;
        (opaque == null ? Opaque.plain(maker) : opaque).seal(out);
    }

    // ---- The end

    @Override
    void end(Usage usage) {
        advance(true);
        out.ascii("event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"");
        out.ascii(word(finish, !calls.isEmpty())).ascii("\",\"stop_sequence\":null},\"usage\":");
        UsageJson.messages(usage, out);
        out.ascii("}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
    }

    /** The word for it; that there were calls counts more than what else is said. */
    static String word(Finish why, boolean calls) {
        return switch (why) {
            case LENGTH -> "max_tokens";
            case FILTER -> "refusal";
            default -> calls ? "tool_use" : "end_turn";
        };
    }
}
