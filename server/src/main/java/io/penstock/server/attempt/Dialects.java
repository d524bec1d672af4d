package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.penstock.server.face.Face;
import io.penstock.server.face.Operation;
import io.penstock.server.face.openrouter.Bill;
import io.penstock.server.face.openrouter.ChatDialect;
import io.penstock.server.face.openrouter.EmbeddingsDialect;
import io.penstock.server.face.openrouter.MessagesDialect;
import io.penstock.server.face.openrouter.ResponsesDialect;
import io.penstock.server.relay.EventRewriter;

/** What writes answers anew for faces with a dialect of their own. Static; event loop only. */
final class Dialects {
    private Dialects() {}

    /** What writes a stream's events anew for a face with a dialect of its own; {@code olderCalls}: {@link ChatDialect}. */
    static EventRewriter rewriter(Face face, Operation operation, boolean olderCalls, Face.Facts facts, Bill bill) {
        return switch (face.protocol()) {
            case OPENAI -> new ChatDialect(facts, bill, operation == Operation.COMPLETIONS, olderCalls);
            case ANTHROPIC -> new MessagesDialect(facts, bill);
            case RESPONSES -> new ResponsesDialect(facts, bill);
        };
    }

    /** A plain answer as such a face shows it: the very buffer, or a new one. Ownership of the result moves. */
    static ByteBuf plain(
            Face face, Operation operation, boolean olderCalls, Face.Facts facts, Bill bill, ByteBuf answer) {
        if (operation == Operation.COUNT_TOKENS) {
            return answer.retain();
        }
        if (operation == Operation.EMBEDDINGS) {
            return EmbeddingsDialect.plain(facts, bill, answer);
        }
        return switch (face.protocol()) {
            case OPENAI -> ChatDialect.plain(facts, bill, operation == Operation.COMPLETIONS, olderCalls, answer);
            case ANTHROPIC -> MessagesDialect.plain(facts, bill, answer);
            case RESPONSES -> ResponsesDialect.plain(facts, bill, answer);
        };
    }
}
