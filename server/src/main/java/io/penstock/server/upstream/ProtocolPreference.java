package io.penstock.server.upstream;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Form;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How an offer is asked: in which of its provider's protocols, and how it has done there lately. That is the client's
 * protocol, byte for byte, where the provider speaks it; else the one that loses least. For a model that thinks that is
 * Responses before chat, for only there can OpenAI's thinking come back.
 */
public record ProtocolPreference(Target target, OfferHealth health) {
    private static final List<Protocol> CHAT_ONLY = List.of(Protocol.OPENAI);
    private static final List<Protocol> CHAT_CLIENT = List.of(Protocol.OPENAI, Protocol.RESPONSES, Protocol.ANTHROPIC);
    private static final List<Protocol> MESSAGES_CLIENT =
            List.of(Protocol.ANTHROPIC, Protocol.OPENAI, Protocol.RESPONSES);
    private static final List<Protocol> MESSAGES_CLIENT_THINKING =
            List.of(Protocol.ANTHROPIC, Protocol.RESPONSES, Protocol.OPENAI);
    private static final List<Protocol> RESPONSES_CLIENT =
            List.of(Protocol.RESPONSES, Protocol.OPENAI, Protocol.ANTHROPIC);

    /** Whether the offer can be had that way now, as far as is known. */
    boolean available() {
        return target.available(health);
    }

    /** Null if the provider is reached in no protocol in which it offers the model. */
    static @Nullable ProtocolPreference to(
            Map<Protocol, Map<String, Target>> targets, Model model, Offer offer, Form form) {
        return first(targets, offer, order(form, model));
    }

    /** Where embeddings, and completions as they are, are asked for: null if the provider speaks no chat. */
    static @Nullable ProtocolPreference untranslated(Map<Protocol, Map<String, Target>> targets, Offer offer) {
        return first(targets, offer, CHAT_ONLY);
    }

    private static List<Protocol> order(Form form, Model model) {
        return switch (form) {
            case CHAT, COMPLETIONS -> CHAT_CLIENT;
            case MESSAGES -> model.reasoning() ? MESSAGES_CLIENT_THINKING : MESSAGES_CLIENT;
            case RESPONSES -> RESPONSES_CLIENT;
        };
    }

    private static @Nullable ProtocolPreference first(
            Map<Protocol, Map<String, Target>> targets, Offer offer, List<Protocol> order) {
        for (int i = 0; i < order.size(); i++) {
            Protocol protocol = order.get(i);
            Map<String, Target> speaking = targets.get(protocol);
            Target target =
                    speaking != null && offer.protocols().contains(protocol) ? speaking.get(offer.provider()) : null;
            if (target != null) {
                return new ProtocolPreference(target, target.health(offer.nativeId()));
            }
        }
        return null;
    }
}
