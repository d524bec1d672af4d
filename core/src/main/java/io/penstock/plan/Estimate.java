package io.penstock.plan;

import io.penstock.catalog.Offer;
import io.penstock.catalog.Surcharges;
import io.penstock.error.GatewayError.InvalidField;
import io.penstock.error.GatewayException;
import io.penstock.pricing.Pricing;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.ChatRequest.Field;
import io.penstock.protocol.Extra;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Form;
import io.penstock.provider.ImageTokens;
import java.util.Set;

/**
 * What a request may cost at most, from what stands in it: so much is held for it. Input is counted by its bytes, which are
 * more than its tokens; output by the limit that was asked for, or else the model's own. Static; safe from any thread.
 */
public final class Estimate {
    private static final int EXTRAS_HELD =
            10; // searches and the like: more in one answer is seldom, and settled in full
    private static final int ANSWERS_MAX = 128; // OpenAI's own limit of n
    private static final int MEDIA_BYTES_PER_TOKEN = 100; // of sound and files

    private Estimate() {}

    /**
     * The most that the request may cost at an offer, in nano-USD. Throws {@link GatewayException} for a number of answers beyond
     * every bound.
     *
     * @param protocol of the client
     * @param form of the request
     * @param embeddings whether it asks for embeddings, which have no output
     * @param surcharges of the offer's provider
     */
    public static long nanos(
            ChatRequest request, Protocol protocol, Form form, boolean embeddings, Offer offer, Surcharges surcharges) {
        long asked = outputAsked(request, protocol);
        long output = embeddings ? 0 : asked >= 0 ? Math.min(asked, offer.maxOutput()) : offer.maxOutput();
        long input = Math.max(0, request.bytes() - request.mediaBytes()) + mediaTokensMax(request, offer);
        if (protocol == Protocol.RESPONSES && inputElsewhere(request)
                || request.filesElsewhere()
                || request.providerTools()) {
            input = Math.max(input, offer.context());
        }
        long nanos = Pricing.estimate(offer.price(), input, output, answers(request, form), request.images());
        return Math.addExact(nanos, extras(request, surcharges));
    }

    /** The output that a request asks for at most, in tokens; negative if it leaves that open. */
    public static long outputAsked(ChatRequest request, Protocol protocol) {
        return protocol == Protocol.RESPONSES
                ? request.maxOutputTokens()
                : Math.max(request.maxTokens(), request.maxCompletionTokens());
    }

    /** What the provider's own tools may cost; nothing in a request says how often they are used. */
    private static long extras(ChatRequest request, Surcharges surcharges) {
        Set<Extra> asked = request.extrasAsked();
        if (asked.isEmpty()) {
            return 0; // nearly always: no iterator is made for that
        }
        long nanos = 0;
        for (Extra extra : asked) {
            nanos = Math.addExact(nanos, surcharges.cost(extra, EXTRAS_HELD));
        }
        return nanos;
    }

    /** Whether the provider adds what it keeps to the input, of which we only know that it fits. */
    private static boolean inputElsewhere(ChatRequest request) {
        return request.has(Field.PREVIOUS_RESPONSE_ID) || request.has(Field.CONVERSATION) || request.has(Field.PROMPT);
    }

    /** Answers that are made: of completions each prompt's, and of these the ones that are not told, too. */
    private static int answers(ChatRequest request, Form form) {
        if (request.n() > ANSWERS_MAX) {
            throw new GatewayException(new InvalidField("n", "at most " + ANSWERS_MAX));
        }
        if (form != Form.COMPLETIONS) {
            return (int) Math.max(1, request.n());
        }
        if (request.bestOf() > ANSWERS_MAX) {
            throw new GatewayException(new InvalidField("best_of", "at most " + ANSWERS_MAX));
        }
        return (int) Math.max(1, Math.max(request.n(), request.bestOf())) * request.prompts();
    }

    /** Images by number, since a URL tells nothing of them; what is sent of other kinds by its bytes. */
    private static long mediaTokensMax(ChatRequest request, Offer offer) {
        long ofImages = request.images() == 0 ? 0 : request.images() * ImageTokens.max(offer.nativeId());
        boolean others = request.hasFiles() || request.hasAudio();
        return ofImages
                + (others && request.mediaBytes() > 0
                        ? Math.max(InputGuess.TOKENS_PER_IMAGE_MAX, request.mediaBytes() / MEDIA_BYTES_PER_TOKEN)
                        : 0);
    }
}
