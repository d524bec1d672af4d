package io.penstock.server.attempt;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import io.penstock.protocol.translate.AnswerFacts;
import io.penstock.protocol.translate.Form;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.protocol.translate.Translation;
import io.penstock.protocol.translate.WireProfile;
import io.penstock.server.face.Face.Facts;
import io.penstock.server.face.openrouter.Bill;
import io.penstock.server.face.openrouter.ChatDialect;
import io.penstock.server.face.openrouter.MessagesDialect;
import io.penstock.server.face.openrouter.ResponsesDialect;
import io.penstock.server.relay.EventRewriter;
import java.util.Set;

/** Translation as an exchange uses it, for tests of other packages. Static methods. */
public final class Rewriters {
    private Rewriters() {}

    /**
     * What writes a stream anew for that client.
     *
     * @param router whether in OpenRouter's dialect
     */
    public static EventRewriter translating(Protocol client, Protocol provider, boolean router, Usage usage) {
        Form form = switch (client) {
            case OPENAI -> Form.CHAT;
            case ANTHROPIC -> Form.MESSAGES;
            case RESPONSES -> Form.RESPONSES;
        };
        Translation translation = new Translation(
                form, form, provider, new WireProfile("lab", "native", 8_192, true, true, false, Set.of(), Set.of()));
        translation.answer(
                new AnswerFacts("gen-1-abc", 1_789_000_001L, "lab/model", router, true, 7, () -> 1_700_000_002L));
        Bill bill = new Fixed(usage);
        Facts facts = new Facts("gen-1-abc", 1_789_000_001L, "lab/model", "Lab");
        EventRewriter dialect = !router
                ? null
                : switch (client) {
                    case OPENAI -> new ChatDialect(facts, bill, false, false);
                    case ANTHROPIC -> new MessagesDialect(facts, bill);
                    case RESPONSES -> new ResponsesDialect(facts, bill);
                };
        return new TranslatedEvents(translation, client, bill, dialect, new JsonOut());
    }

    private record Fixed(Usage usage) implements Bill {
        @Override
        public long costNanos() {
            return 1_000;
        }

        @Override
        public long inputCostNanos() {
            return 600;
        }
    }
}
