package io.penstock.protocol.translate;

import io.penstock.protocol.Usage;
import org.jspecify.annotations.Nullable;

/** Writes a whole answer in each protocol. Static. */
final class WholeAnswer {
    private WholeAnswer() {}

    static void chat(AnswerItems answer, AnswerFacts facts, Usage usage, JsonOut out) {
        boolean calls = false;
        Item older = null; // the call that is told in the older form
        JsonOut text = new JsonOut();
        JsonOut thinking = new JsonOut();
        for (Item item : answer.items()) {
            switch (item.kind()) {
                case TEXT -> text.raw(item.content());
                case THINKING -> {
                    if (item.content().length() > 0) {
                        thinking.ascii(thinking.length() == 0 ? "" : "\\n\\n").raw(item.content());
                    }
                }
                case CALL -> {
                    older = !calls && item.tool.kind() == ToolNames.Kind.OLDER_FUNCTION ? item : older;
                    calls = true;
                }
            }
        }
        out.ascii("{\"id\":").quoted(facts.id("chatcmpl-")).ascii(",\"object\":\"chat.completion\",\"created\":");
        out.number(facts.createdSeconds()).ascii(",\"model\":").quoted(facts.model());
        out.ascii(",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
        if (text.length() == 0 && calls) {
            out.ascii("null");
        } else {
            out.raw('"').raw(text).raw('"');
        }
        out.ascii(",\"refusal\":null");
        if (thinking.length() > 0) {
            out.ascii(facts.details() ? ",\"reasoning\":\"" : ",\"reasoning_content\":\"")
                    .raw(thinking)
                    .raw('"');
        }
        if (facts.details()) {
            details(answer, out);
        }
        if (older != null) {
            out.ascii(",\"function_call\":{\"name\":").quoted(older.tool.name());
            out.ascii(",\"arguments\":").quoted(older.arguments()).raw('}');
        }
        if (calls) {
            chatCalls(answer, older, out);
        }
        out.ascii("},\"logprobs\":null,\"finish_reason\":\"")
                .ascii(ChatEvents.word(answer.finish(), calls, older != null))
                .ascii("\"}],\"usage\":");
        UsageJson.chat(usage, out);
        out.raw('}');
    }

    private static void details(AnswerItems answer, JsonOut out) {
        int index = 0;
        for (Item item : answer.items()) {
            if (item.kind() != Item.Kind.THINKING) {
                continue;
            }
            out.ascii(index == 0 ? ",\"reasoning_details\":[" : ",");
            Opaque opaque = item.opaque;
            if (item.content().length() == 0 && opaque != null) {
                out.ascii("{\"type\":\"reasoning.encrypted\",\"data\":\"");
                opaque.seal(out);
                out.raw('"');
            } else {
                out.ascii("{\"type\":\"reasoning.text\",\"text\":")
                        .quoted(item.text())
                        .ascii(",\"signature\":");
                Opaque.sealOrNull(opaque, out);
            }
            out.ascii(",\"id\":null,\"format\":\"unknown\",\"index\":")
                    .number(index++)
                    .raw('}');
        }
        out.ascii(index == 0 ? "" : "]");
    }

    private static void chatCalls(AnswerItems answer, @Nullable Item older, JsonOut out) {
        boolean any = false;
        for (Item item : answer.items()) {
            if (item.kind() == Item.Kind.CALL && item != older) {
                out.ascii(any ? "" : ",\"tool_calls\":[");
                any = true;
                out.comma().ascii("{\"id\":").quoted(item.id);
                if (item.tool.kind() == ToolNames.Kind.CUSTOM) {
                    out.ascii(",\"type\":\"custom\",\"custom\":{\"name\":").quoted(item.tool.name());
                    out.ascii(",\"input\":").quoted(FreeText.input(item.arguments()));
                } else {
                    out.ascii(",\"type\":\"function\",\"function\":{\"name\":").quoted(item.tool.name());
                    out.ascii(",\"arguments\":").quoted(item.arguments());
                }
                out.ascii("}}");
            }
        }
        out.ascii(any ? "]" : "");
    }

    static void messages(AnswerItems answer, AnswerFacts facts, String maker, Usage usage, JsonOut out) {
        boolean calls = false;
        JsonTape scratch = new JsonTape();
        out.ascii("{\"id\":").quoted(facts.id("msg_")).ascii(",\"type\":\"message\",\"role\":\"assistant\",\"model\":");
        out.quoted(facts.model()).ascii(",\"content\":[");
        for (Item item : answer.items()) {
            out.comma();
            switch (item.kind()) {
                case TEXT -> out.ascii("{\"type\":\"text\",\"text\":").quoted(item.text());
                case THINKING -> {
                    Opaque opaque = item.opaque;
                    if (item.content().length() == 0) {
                        out.ascii("{\"type\":\"redacted_thinking\",\"data\":\"");
                    } else {
                        out.ascii("{\"type\":\"thinking\",\"thinking\":").quoted(item.text());
                        out.ascii(",\"signature\":\"");
                    }
                    (opaque == null ? Opaque.plain(maker) : opaque).seal(out);
                    out.raw('"');
                }
                case CALL -> {
                    calls = true;
                    out.ascii("{\"type\":\"tool_use\",\"id\":").quoted(item.id);
                    out.ascii(",\"name\":").quoted(item.tool.name()).ascii(",\"input\":");
                    JsonOut input = FreeText.unescaped(item.arguments());
                    if (Reading.isObject(input, scratch)) {
                        out.raw(input);
                    } else {
                        out.quoted(item.arguments()); // no object: as the model wrote it
                    }
                }
            }
            out.raw('}');
        }
        out.ascii("],\"stop_reason\":\"").ascii(MessagesEvents.word(answer.finish(), calls));
        out.ascii("\",\"stop_sequence\":null,\"usage\":");
        UsageJson.messages(usage, out);
        out.raw('}');
    }

    static void responses(
            AnswerItems answer, AnswerFacts facts, ResponseEcho echo, String maker, Usage usage, JsonOut out) {
        String reason = ResponsesJson.incomplete(answer.finish());
        String status = reason == null ? "completed" : "incomplete";
        ResponsesJson.response(facts.response(echo), status, reason, null, answer.items(), facts, maker, usage, out);
    }
}
