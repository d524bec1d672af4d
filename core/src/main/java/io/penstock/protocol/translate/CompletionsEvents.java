package io.penstock.protocol.translate;

import io.penstock.protocol.Usage;
import org.jspecify.annotations.Nullable;

/** Writes an answer as chunks of OpenAI's older completions: its text, and nothing else of it. */
final class CompletionsEvents extends AnswerWriter implements AnswerText {
    private final AnswerFacts facts;
    private @Nullable Finish finish;

    CompletionsEvents(AnswerFacts facts) {
        this.facts = facts;
    }

    @Override
    int heldBytes() {
        return 0;
    }

    private static void head(AnswerFacts facts, JsonOut out) {
        out.ascii("{\"id\":").quoted(facts.id("cmpl-")).ascii(",\"object\":\"text_completion\",\"created\":");
        out.number(facts.createdSeconds()).ascii(",\"model\":").quoted(facts.model());
    }

    private void chunk(byte[] bytes, int from, int to, @Nullable String reason) {
        out.ascii("data: ");
        head(facts, out);
        choice(new Slice(bytes, from, to), reason, out);
        out.ascii("}\n\n");
    }

    private static void choice(Slice text, @Nullable String reason, JsonOut out) {
        out.ascii(",\"choices\":[{\"text\":").quoted(text).ascii(",\"index\":0,\"logprobs\":null,\"finish_reason\":");
        if (reason == null) {
            out.ascii("null}]");
        } else {
            out.raw('"').ascii(reason).ascii("\"}]");
        }
    }

    @Override
    public void begin() {}

    @Override
    public void text(byte[] bytes, int from, int to) {
        chunk(bytes, from, to, null);
    }

    @Override
    public void finish(Finish why) {
        if (finish == null) {
            finish = why;
            chunk(Slice.EMPTY.bytes(), 0, 0, ChatEvents.word(why, false));
        }
    }

    @Override
    void end(Usage usage) {
        finish(Finish.STOP);
        if (facts.usageWanted()) {
            out.ascii("data: ");
            head(facts, out);
            out.ascii(",\"choices\":[],\"usage\":");
            UsageJson.chat(usage, out);
            out.ascii("}\n\n");
        }
        out.ascii("data: [DONE]\n\n");
    }

    /** A whole answer. */
    static void whole(AnswerItems answer, AnswerFacts facts, Usage usage, JsonOut out) {
        JsonOut text = new JsonOut();
        for (Item item : answer.items()) {
            if (item.kind() == Item.Kind.TEXT) {
                text.raw(item.content());
            }
        }
        head(facts, out);
        choice(Slice.of(text), ChatEvents.word(answer.finish(), false), out);
        out.ascii(",\"usage\":");
        UsageJson.chat(usage, out);
        out.raw('}');
    }
}
