package io.penstock.server.face.openai;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Resolution;
import io.penstock.error.GatewayError;
import io.penstock.protocol.ErrorBody;
import io.penstock.protocol.JsonText;
import io.penstock.protocol.Protocol;
import io.penstock.server.face.Face;
import io.penstock.server.face.Sse;
import io.penstock.store.Keepalive;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** {@code /openai/v1}. */
public class OpenAiFace extends Face {
    private static final byte[] COMMENT = Sse.comment("keep-alive");

    public OpenAiFace() {
        this(Protocol.OPENAI);
    }

    OpenAiFace(Protocol protocol) {
        super("openai", protocol);
    }

    @Override
    public byte[] error(GatewayError error, String requestId) {
        return ErrorBody.openai(error);
    }

    @Override
    public byte[] errorEvent(GatewayError error, Facts facts) {
        return Sse.data(ErrorBody.openai(error));
    }

    @Override
    public byte[] keepalive(Keepalive style, Facts facts) {
        return style == Keepalive.COMMENT ? COMMENT : Sse.emptyDelta(facts, false);
    }

    @Override
    public byte[] models(Catalog catalog, boolean auto, String query) {
        StringBuilder out = new StringBuilder(4096).append("{\"object\":\"list\",\"data\":[");
        String comma = "";
        if (auto) {
            out.append(autoEntry());
            comma = ",";
        }
        for (Model model : catalog.models()) {
            if (!model.video()) {
                entry(out.append(comma), model);
                comma = ",";
            }
        }
        return out.append("]}").toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte @Nullable [] model(Catalog catalog, boolean auto, String id) {
        Resolution found = catalog.resolve(id);
        if (found.kind() == Resolution.Kind.AUTO && auto) {
            return autoEntry().getBytes(StandardCharsets.UTF_8);
        }
        Model model = found.kind() == Resolution.Kind.FOUND ? found.model() : null;
        return model == null
                ? null
                : entry(new StringBuilder(512), model).toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String autoEntry() {
        return "{\"id\":\"auto\",\"object\":\"model\",\"created\":0,\"owned_by\":\"penstock\","
                + "\"name\":\"Auto (Penstock chooses)\"}";
    }

    private static StringBuilder entry(StringBuilder out, Model model) {
        out.append("{\"id\":");
        JsonText.quote(out, model.id())
                .append(",\"object\":\"model\",\"created\":")
                .append(model.created());
        out.append(",\"owned_by\":");
        JsonText.quote(out, model.author()).append(",\"name\":");
        JsonText.quote(out, model.name());
        out.append(",\"context_length\":").append(model.context());
        out.append(",\"max_completion_tokens\":").append(model.maxOutput());
        out.append(",\"pricing\":{\"prompt\":\"").append(perToken(model.price().input()));
        out.append("\",\"completion\":\"").append(perToken(model.price().output()));
        out.append("\",\"input_cache_read\":\"").append(perToken(model.price().cacheRead()));
        out.append("\",\"input_cache_write\":\"").append(perToken(model.price().cacheWrite()));
        out.append("\"},\"supported_parameters\":");
        return JsonText.array(out, model.parameters()).append('}');
    }

    /** USD for one token as a decimal, from nano-USD for a million. */
    public static String perToken(long nanosPerMillion) {
        return nanosPerMillion == 0
                ? "0"
                : java.math.BigDecimal.valueOf(nanosPerMillion, 15)
                        .stripTrailingZeros()
                        .toPlainString();
    }
}
