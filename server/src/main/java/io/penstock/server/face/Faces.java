package io.penstock.server.face;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError.UnknownPath;
import io.penstock.error.GatewayException;
import io.penstock.server.face.anthropic.AnthropicFace;
import io.penstock.server.face.openai.OpenAiFace;
import io.penstock.server.face.openai.OpenAiResponsesFace;
import io.penstock.server.face.openrouter.OpenRouterFace;
import io.penstock.server.face.openrouter.OpenRouterMessagesFace;
import io.penstock.server.face.openrouter.OpenRouterResponsesFace;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.RequestHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every path that Penstock serves, compared with the raw target byte by byte: nothing is decoded or normalised but the tail
 * of {@code …/models/{id}}, so that no second spelling of a path exists. A wrong method is an unknown path too.
 */
public final class Faces {
    public static final Face OPENAI = new OpenAiFace();
    public static final Face OPENAI_RESPONSES = new OpenAiResponsesFace();
    public static final Face ANTHROPIC = new AnthropicFace("anthropic");
    public static final Face OPENROUTER = new OpenRouterFace();
    public static final Face OPENROUTER_MESSAGES = new OpenRouterMessagesFace();
    public static final Face OPENROUTER_RESPONSES = new OpenRouterResponsesFace();

    private static final byte[] GET = Bytes.ascii("GET");
    private static final byte[] POST = Bytes.ascii("POST");
    private static final byte[] HEAD = Bytes.ascii("HEAD");
    private static final byte[] ANTHROPIC_SLASH = Bytes.ascii("/anthropic//");
    private static final byte[] ANTHROPIC_BASE = Bytes.ascii("/anthropic");
    private static final byte[] OPENROUTER_BASE = Bytes.ascii("/api/v1/");

    /**
     * A known path.
     *
     * @param face null for paths of the gateway itself
     * @param prefix whether more follows the path (a model id)
     */
    public record Path(byte[] method, byte[] path, @Nullable Face face, Operation operation, boolean prefix) {
        @Override
        public String toString() {
            return new String(method, java.nio.charset.StandardCharsets.US_ASCII) + " "
                    + new String(path, java.nio.charset.StandardCharsets.US_ASCII);
        }
    }

    private static final List<Path> PATHS = List.of(
            path(POST, "/openai/v1/chat/completions", OPENAI, Operation.CHAT),
            path(POST, "/openai/v1/responses", OPENAI_RESPONSES, Operation.RESPONSES),
            path(POST, "/openai/v1/embeddings", OPENAI, Operation.EMBEDDINGS),
            path(POST, "/openai/v1/completions", OPENAI, Operation.COMPLETIONS),
            path(GET, "/openai/v1/models", OPENAI, Operation.MODELS),
            prefix("/openai/v1/models/", OPENAI),
            path(HEAD, "/openai/v1", OPENAI, Operation.PROBE),
            path(HEAD, "/openai/v1/", OPENAI, Operation.PROBE),
            path(POST, "/anthropic/v1/messages", ANTHROPIC, Operation.MESSAGES),
            path(POST, "/anthropic/v1/messages/count_tokens", ANTHROPIC, Operation.COUNT_TOKENS),
            path(GET, "/anthropic/v1/models", ANTHROPIC, Operation.MODELS),
            prefix("/anthropic/v1/models/", ANTHROPIC),
            path(HEAD, "/anthropic", ANTHROPIC, Operation.PROBE),
            path(HEAD, "/anthropic/", ANTHROPIC, Operation.PROBE),
            path(HEAD, "/anthropic/api/hello", ANTHROPIC, Operation.PROBE),
            path(POST, "/api/v1/chat/completions", OPENROUTER, Operation.CHAT),
            path(POST, "/api/v1/messages", OPENROUTER_MESSAGES, Operation.MESSAGES),
            path(POST, "/api/v1/messages/count_tokens", OPENROUTER_MESSAGES, Operation.COUNT_TOKENS),
            path(POST, "/api/v1/responses", OPENROUTER_RESPONSES, Operation.RESPONSES),
            path(POST, "/api/v1/embeddings", OPENROUTER, Operation.EMBEDDINGS),
            path(POST, "/api/v1/completions", OPENROUTER, Operation.COMPLETIONS),
            path(GET, "/api/v1/models", OPENROUTER, Operation.MODELS),
            path(HEAD, "/api/v1", OPENROUTER, Operation.PROBE),
            path(HEAD, "/api/v1/", OPENROUTER, Operation.PROBE),
            path(GET, "/healthz", null, Operation.LIVE),
            path(HEAD, "/healthz", null, Operation.LIVE),
            path(GET, "/readyz", null, Operation.READY),
            path(HEAD, "/readyz", null, Operation.READY),
            path(GET, "/metrics", null, Operation.METRICS));

    private Faces() {}

    /** The path that the head asks for; null if there is none. */
    public static @Nullable Path find(RequestHead head, ByteBuf in) {
        int from = head.pathStart();
        int to = head.pathEnd();
        int gap = Bytes.startsWith(in, from, to, ANTHROPIC_SLASH) ? 1 : 0; // a base URL that ends in a slash
        for (int i = 0; i < PATHS.size(); i++) {
            Path path = PATHS.get(i);
            int length = to - from - gap;
            boolean fits = path.prefix ? length > path.path.length : length == path.path.length;
            if (fits
                    && matches(in, from, path.path, gap)
                    && Bytes.equals(in, head.methodStart(), head.methodEnd(), path.method)) {
                return path;
            }
        }
        return null;
    }

    private static boolean matches(ByteBuf in, int from, byte[] expected, int gap) {
        int border = gap == 0 ? expected.length : ANTHROPIC_BASE.length;
        for (int i = 0; i < expected.length; i++) {
            if (in.getByte(from + i + (i < border ? 0 : gap)) != expected[i]) {
                return false;
            }
        }
        return true;
    }

    /** The model id behind {@code …/models/}: decoded once, and only {@code %2F} and {@code %3A}. */
    public static String modelId(Path path, RequestHead head, ByteBuf in) {
        int gap = Bytes.startsWith(in, head.pathStart(), head.pathEnd(), ANTHROPIC_SLASH) ? 1 : 0;
        String raw = Bytes.text(in, head.pathStart() + path.path.length + gap, head.pathEnd());
        String id =
                raw.replace("%2F", "/").replace("%2f", "/").replace("%3A", ":").replace("%3a", ":");
        if (id.indexOf('%') >= 0
                || id.contains("//")
                || id.contains("/.")
                || id.indexOf(';') >= 0
                || id.indexOf('\\') >= 0) {
            throw new GatewayException(new UnknownPath("a model id may hold %2F and %3A, no other escape"));
        }
        return id;
    }

    /** The face whose error shape suits a path that is not known. */
    public static Face nearest(RequestHead head, ByteBuf in) {
        int from = head.pathStart();
        int to = head.pathEnd();
        if (Bytes.startsWith(in, from, to, ANTHROPIC_BASE)) {
            return ANTHROPIC;
        }
        return Bytes.startsWith(in, from, to, OPENROUTER_BASE) ? OPENROUTER : OPENAI;
    }

    /** What to tell somebody who asked for a path that is not known. */
    public static UnknownPath unknown(String scheme, String host) {
        String base = scheme + "://" + host;
        return new UnknownPath("the base URL is " + base + "/openai/v1 for OpenAI clients, " + base
                + "/anthropic for Anthropic clients and " + base + "/api/v1 for OpenRouter clients");
    }

    private static Path path(byte[] method, String path, @Nullable Face face, Operation operation) {
        return new Path(method, Bytes.ascii(path), face, operation, false);
    }

    private static Path prefix(String path, Face face) {
        return new Path(GET, Bytes.ascii(path), face, Operation.MODEL, true);
    }
}
