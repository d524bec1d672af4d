package io.penstock.protocol.translate;

import io.penstock.protocol.translate.AnswerSink.Finish;

/** Reads answers of Anthropic messages. Blocks do not overlap there, so one block at a time is known. */
final class MessagesAnswer implements AnswerReader {
    private enum Block {
        NONE,
        TEXT,
        THINKING,
        CALL,
        /** A block that no other protocol knows. */
        OTHER
    }

    private final String provider;
    private final String idBase;
    private final JsonOut signature = new JsonOut(); // of the thinking at hand, which may come in pieces
    private final JsonOut input = new JsonOut(); // of the call at hand, where it was told at its start
    private Block block = Block.NONE;
    private int key = -1;
    private boolean argued;

    /**
     * @param provider whose answers these are
     * @param idBase what ids of calls are made of where the provider gives none
     */
    MessagesAnswer(String provider, String idBase) {
        this.provider = provider;
        this.idBase = idBase;
    }

    @Override
    public void event(JsonTape tape, AnswerSink sink) {
        switch (tape.text(tape.get(JsonTape.ROOT, "type"))) {
            case "message_start" -> sink.begin();
            case "content_block_start" -> {
                sink.begin();
                blockEnds(sink);
                blockBegins(tape, tape.get(JsonTape.ROOT, "content_block"), sink);
            }
            case "content_block_delta" -> delta(tape, tape.get(JsonTape.ROOT, "delta"), sink);
            case "content_block_stop" -> blockEnds(sink);
            case "ping" -> sink.ping();
            case "message_delta" -> {
                blockEnds(sink);
                finish(tape, tape.get(tape.get(JsonTape.ROOT, "delta"), "stop_reason"), sink);
            }
            default -> {}
        }
    }

    @Override
    public void whole(JsonTape tape, AnswerSink sink) {
        sink.begin();
        int content = tape.get(JsonTape.ROOT, "content");
        if (tape.isArray(content)) {
            for (int at = tape.first(content), end = tape.next(content); at < end; at = tape.next(at)) {
                blockBegins(tape, at, sink);
                blockEnds(sink);
            }
        }
        finish(tape, tape.get(JsonTape.ROOT, "stop_reason"), sink);
    }

    @Override
    public void end(AnswerSink sink) {
        blockEnds(sink);
    }

    private void blockBegins(JsonTape tape, int content, AnswerSink sink) {
        switch (tape.text(tape.get(content, "type"))) {
            case "text" -> {
                block = Block.TEXT;
                text(tape, tape.get(content, "text"), sink);
            }
            case "thinking" -> {
                block = Block.THINKING;
                signature.clear();
                thinking(tape, tape.get(content, "thinking"), sink);
                signature(tape, tape.get(content, "signature"));
            }
            case "redacted_thinking" -> {
                block = Block.OTHER;
                int data = tape.get(content, "data");
                if (tape.isString(data)) {
                    sink.opaque(new Opaque(provider, Opaque.Kind.REDACTED, Slice.EMPTY, tape.slice(data)));
                }
            }
            case "tool_use" -> {
                block = Block.CALL;
                key++;
                argued = false;
                int id = tape.get(content, "id");
                sink.call(
                        key,
                        tape.isString(id) ? tape.slice(id) : Slice.of("toolu_" + idBase + "_" + key),
                        tape.text(tape.get(content, "name")));
                input(tape, tape.get(content, "input"));
            }
            default -> block = Block.OTHER;
        }
    }

    private void input(JsonTape tape, int node) {
        input.clear();
        if (tape.isObject(node) && tape.next(node) > tape.first(node)) {
            Slice raw = tape.raw(node);
            Escapes.encode(raw.bytes(), raw.from(), raw.to(), input);
        } else if (tape.isString(node)) {
            input.raw(tape.slice(node)); // no object, but what the model wrote
        }
    }

    private void delta(JsonTape tape, int delta, AnswerSink sink) {
        switch (block) {
            case TEXT -> text(tape, tape.get(delta, "text"), sink);
            case THINKING -> {
                thinking(tape, tape.get(delta, "thinking"), sink);
                signature(tape, tape.get(delta, "signature"));
            }
            case CALL -> {
                int fragment = tape.get(delta, "partial_json");
                if (tape.isString(fragment) && !tape.isEmptyString(fragment)) {
                    argued = true;
                    sink.arguments(key, tape.bytes(), tape.from(fragment), tape.to(fragment));
                }
            }
            default -> {}
        }
    }

    private static void text(JsonTape tape, int text, AnswerSink sink) {
        if (tape.isString(text) && !tape.isEmptyString(text)) {
            sink.text(tape.bytes(), tape.from(text), tape.to(text));
        }
    }

    private static void thinking(JsonTape tape, int text, AnswerSink sink) {
        if (tape.isString(text) && !tape.isEmptyString(text)) {
            sink.thinking(tape.bytes(), tape.from(text), tape.to(text));
        }
    }

    private void signature(JsonTape tape, int text) {
        if (tape.isString(text)) {
            signature.raw(tape.slice(text));
        }
    }

    private void blockEnds(AnswerSink sink) {
        if (block == Block.THINKING) {
            if (signature.length() > 0) {
                Slice payload = new Slice(signature.bytes(), 0, signature.length());
                sink.opaque(new Opaque(provider, Opaque.Kind.SIGNATURE, Slice.EMPTY, payload));
            }
            sink.thinkingEnds();
        } else if (block == Block.CALL) {
            if (!argued && input.length() > 0) {
                sink.arguments(key, input.bytes(), 0, input.length());
            }
            sink.callEnds(key);
        }
        block = Block.NONE;
    }

    private static void finish(JsonTape tape, int reason, AnswerSink sink) {
        if (tape.isString(reason)) {
            sink.finish(
                    switch (tape.text(reason)) {
                        case "stop_sequence" -> Finish.STOP_SEQUENCE;
                        case "max_tokens", "model_context_window_exceeded" -> Finish.LENGTH;
                        case "tool_use" -> Finish.CALLS;
                        case "refusal" -> Finish.FILTER;
                        default -> Finish.STOP;
                    });
        }
    }
}
