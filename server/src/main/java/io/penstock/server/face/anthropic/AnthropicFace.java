package io.penstock.server.face.anthropic;

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
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code /anthropic}, and the messages dialect wherever else it is served. */
public class AnthropicFace extends Face {
    private static final byte[] PING =
            "event: ping\ndata: {\"type\": \"ping\"}\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final int PAGE = 20; // Anthropic's default; at most 1,000
    private static final int PAGE_MAX = 1_000;

    public AnthropicFace(String label) {
        super(label, Protocol.ANTHROPIC);
    }

    @Override
    public int status(GatewayError error) {
        return error.kind().anthropicStatus();
    }

    @Override
    public byte[] error(GatewayError error, String requestId) {
        return ErrorBody.anthropic(error, requestId);
    }

    @Override
    public byte[] errorEvent(GatewayError error, Facts facts) {
        return Sse.event("error", ErrorBody.anthropic(error, facts.requestId()));
    }

    @Override
    public byte[] keepalive(Keepalive style, Facts facts) {
        return PING;
    }

    @Override
    public boolean requestIdHeader() {
        return true;
    }

    /**
     * The list as Anthropic pages it ({@code limit}, {@code after_id}, {@code before_id}). Clients of that world show only ids
     * that begin with {@code claude} or {@code anthropic}, so every model of Anthropic's comes under its bare name as well.
     */
    @Override
    public byte[] models(Catalog catalog, boolean auto, String query) {
        List<Listed> all = listed(catalog, auto);
        int limit = PAGE;
        int from = 0;
        int to = all.size();
        boolean backwards = false;
        for (String part : query.isEmpty() ? new String[0] : query.split("&", -1)) {
            int equals = part.indexOf('=');
            String value = equals < 0 ? "" : decoded(part.substring(equals + 1));
            if (part.startsWith("limit=") && value.matches("[0-9]{1,4}")) {
                limit = Math.max(1, Math.min(PAGE_MAX, Integer.parseInt(value)));
            } else if (part.startsWith("after_id=")) {
                from = index(all, value) + 1;
            } else if (part.startsWith("before_id=") && index(all, value) >= 0) {
                to = index(all, value);
                backwards = true;
            }
        }
        if (backwards) {
            from = Math.max(from, to - limit);
        }
        int end = Math.min(to, from + limit);
        List<Listed> page = from < end ? all.subList(from, end) : List.of();
        StringBuilder out = new StringBuilder(2048).append("{\"data\":[");
        for (int i = 0; i < page.size(); i++) {
            entry(out.append(i == 0 ? "" : ","), page.get(i));
        }
        out.append("],\"has_more\":")
                .append(backwards ? from > 0 : end < all.size())
                .append(",\"first_id\":");
        JsonText.quoteOrNull(out, page.isEmpty() ? null : page.get(0).id()).append(",\"last_id\":");
        JsonText.quoteOrNull(
                out, page.isEmpty() ? null : page.get(page.size() - 1).id());
        return out.append('}').toString().getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public byte @Nullable [] model(Catalog catalog, boolean auto, String id) {
        for (Listed listed : listed(catalog, auto)) {
            if (listed.id().equals(id)) {
                return entry(new StringBuilder(), listed).toString().getBytes(StandardCharsets.UTF_8);
            }
        }
        Resolution found = catalog.resolve(id);
        Model model = found.kind() == Resolution.Kind.FOUND ? found.model() : null;
        return model == null
                ? null
                : entry(new StringBuilder(), new Listed(model.id(), model.name(), model.created()))
                        .toString()
                        .getBytes(StandardCharsets.UTF_8);
    }

    private record Listed(String id, String name, long created) {}

    private static List<Listed> listed(Catalog catalog, boolean auto) {
        List<Listed> all = new ArrayList<>();
        for (Model model : catalog.models()) {
            if (model.author().equals("anthropic") && !model.slug().contains(":")) {
                all.add(new Listed(model.slug().replace('.', '-'), model.name(), model.created()));
            }
        }
        if (auto) {
            all.add(new Listed("auto", "Auto (Penstock chooses)", 0));
        }
        for (Model model : catalog.models()) {
            if (model.chats()) {
                all.add(new Listed(model.id(), model.name(), model.created()));
            }
        }
        return all;
    }

    private static String decoded(String value) {
        try {
            return URLDecoder.decode(value, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException badEscape) {
            return value; // of no model
        }
    }

    private static int index(List<Listed> all, String id) {
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).id().equals(id)) {
                return i;
            }
        }
        return -1;
    }

    private static StringBuilder entry(StringBuilder out, Listed model) {
        JsonText.quote(out.append("{\"type\":\"model\",\"id\":"), model.id());
        JsonText.quote(out.append(",\"display_name\":"), model.name());
        return out.append(",\"created_at\":\"")
                .append(Instant.ofEpochSecond(model.created()))
                .append("\"}");
    }
}
