package io.penstock.server.exchange;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Form;
import io.penstock.server.upstream.Target;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * In which of its protocols a provider is asked: in the client's, byte for byte, where it speaks it; else in the one that
 * loses least. For a model that thinks that is Responses before chat, for only there can OpenAI's thinking come back. Static.
 */
final class Way {
    private static final List<Protocol> CHAT_ONLY = List.of(Protocol.OPENAI);
    private static final List<Protocol> CHAT_CLIENT = List.of(Protocol.OPENAI, Protocol.RESPONSES, Protocol.ANTHROPIC);
    private static final List<Protocol> MESSAGES_CLIENT =
            List.of(Protocol.ANTHROPIC, Protocol.OPENAI, Protocol.RESPONSES);
    private static final List<Protocol> MESSAGES_CLIENT_THINKING =
            List.of(Protocol.ANTHROPIC, Protocol.RESPONSES, Protocol.OPENAI);
    private static final List<Protocol> RESPONSES_CLIENT =
            List.of(Protocol.RESPONSES, Protocol.OPENAI, Protocol.ANTHROPIC);

    private Way() {}

    /** Null if the provider is reached in no protocol in which it offers the model. */
    static @Nullable Target to(Offering offering, Model model, Offer offer, Form form) {
        return first(offering, offer, order(form, model));
    }

    /** Where embeddings, and completions as they are, are asked for: null if the provider speaks no chat. */
    static @Nullable Target untranslated(Offering offering, Offer offer) {
        return first(offering, offer, CHAT_ONLY);
    }

    private static List<Protocol> order(Form form, Model model) {
        return switch (form) {
            case CHAT, COMPLETIONS -> CHAT_CLIENT;
            case MESSAGES -> model.reasoning() ? MESSAGES_CLIENT_THINKING : MESSAGES_CLIENT;
            case RESPONSES -> RESPONSES_CLIENT;
        };
    }

    private static @Nullable Target first(Offering offering, Offer offer, List<Protocol> order) {
        for (int i = 0; i < order.size(); i++) {
            Protocol protocol = order.get(i);
            Target target = offer.protocols().contains(protocol) ? offering.target(offer.provider(), protocol) : null;
            if (target != null) {
                return target;
            }
        }
        return null;
    }
}
