package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.error.GatewayError.BodyTooLarge;
import io.penstock.error.GatewayError.ParameterUnsupported;
import io.penstock.error.GatewayException;
import io.penstock.protocol.Usage;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.protocol.translate.Loss;
import io.penstock.protocol.translate.Losses;
import io.penstock.protocol.translate.ThinkingRecall;
import io.penstock.protocol.translate.Translation;
import io.penstock.server.upstream.Target;
import org.jspecify.annotations.Nullable;

/** Puts bodies through a translation, which works on arrays: in and out of buffers. Static; event loop only. */
final class Translating {
    /** A translation needs about four times the body on the heap, of which it may take half. */
    private static final long BODY_BYTES_MAX = Runtime.getRuntime().maxMemory() / 8;

    private Translating() {}

    /** Writes a request anew, in its own place. Throws {@link GatewayException} for what cannot be translated. */
    static Translation request(
            Services services,
            Choice choice,
            ThinkingRecall recall,
            RequestBody body,
            JsonOut json,
            ByteBufAllocator allocator) {
        Target target = choice.target();
        Model model = choice.model();
        Offer offer = choice.offer();
        if (target == null || model == null || offer == null) {
            throw new IllegalStateException("nothing chosen");
        }
        byte[] bytes = array(body);
        Translation translation =
                new Translation(choice.form(), choice.answerForm(), target.protocol(), target.recipient(model, offer));
        Losses losses = translation.request(bytes, 0, bytes.length, recall, json.clear());
        String refused = choice.requiresParameters() ? losses.firstParameter() : null;
        if (refused != null) {
            throw new GatewayException(new ParameterUnsupported(refused, model.id()));
        }
        for (Loss loss : losses.kinds()) {
            services.metrics().dropped(loss.label());
        }
        body.replace(copy(json, allocator));
        return translation;
    }

    /** The whole body in one array. Throws {@link GatewayException} if the heap has no room for what is to be done with it. */
    static byte[] array(RequestBody body) {
        if (body.bytes() > BODY_BYTES_MAX) {
            throw new GatewayException(new BodyTooLarge(
                    BODY_BYTES_MAX, "an eighth of -Xmx, since this model's provider speaks another protocol"));
        }
        byte[] bytes = new byte[body.bytes()];
        body.copy(0, bytes.length, Unpooled.wrappedBuffer(bytes).clear());
        return bytes;
    }

    private static ByteBuf copy(JsonOut json, ByteBufAllocator allocator) {
        return allocator.directBuffer(json.length()).writeBytes(json.bytes(), 0, json.length());
    }

    /** A whole answer anew; null if it is not JSON after all, which no glance can tell. The result is the caller's. */
    static @Nullable ByteBuf whole(Translation translation, ByteBuf answer, Usage usage, JsonOut json) {
        byte[] bytes = new byte[answer.readableBytes()];
        answer.getBytes(answer.readerIndex(), bytes);
        if (!translation.whole(bytes, 0, bytes.length, usage, json.clear())) {
            return null;
        }
        return copy(json, answer.alloc());
    }
}
