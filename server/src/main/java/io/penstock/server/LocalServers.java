package io.penstock.server;

import io.penstock.protocol.Protocol;
import io.penstock.provider.Endpoint;
import io.penstock.provider.Provider;
import io.penstock.provider.Providers;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Looks for model servers on this machine: Ollama, LM Studio, llama.cpp, vLLM on their usual loopback ports. A server counts
 * when it lists its models in OpenAI's shape; whether it speaks Anthropic's protocol too is asked of it, not assumed.
 *
 * <p>Blocks, for at most {@link #PATIENCE_MILLIS} and a little; never on an event loop. Sends nothing off the machine.
 */
final class LocalServers {
    private static final int CONNECT_MILLIS = 150;
    private static final int READ_MILLIS = 1_000;
    private static final long PATIENCE_MILLIS = 1_500;
    private static final int ANSWER_BYTES_MAX = 1024 * 1024;
    private static final int MODELS_MAX = 500;
    private static final int MODEL_CHARS_MAX = 200;
    private static final JsonFactory JSON = JsonFactory.builder().build();

    private final Supply supply;
    private final Providers known;
    private final boolean wanted;

    LocalServers(Supply supply, Providers known, boolean wanted) {
        this.supply = supply;
        this.known = known;
        this.wanted = wanted;
    }

    /** What answers now; empty when discovery is off. */
    List<Supply.Local> find() {
        if (!wanted) {
            return List.of();
        }
        ExecutorService threads = Executors.newCachedThreadPool(runnable -> {
            Thread thread = new Thread(runnable, "penstock-discovery");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<CompletableFuture<Supply.@Nullable Local>> asked = new ArrayList<>();
            for (Provider provider : known.all()) {
                if (provider.local() && !supply.configured(provider.id())) {
                    asked.add(CompletableFuture.supplyAsync(() -> ask(provider), threads)
                            .completeOnTimeout(null, PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
                            .exceptionally(failed -> null));
                }
            }
            List<Supply.Local> found = new ArrayList<>();
            for (CompletableFuture<Supply.@Nullable Local> answer : asked) {
                Supply.Local local = answer.join();
                if (local != null) {
                    found.add(local);
                }
            }
            return found;
        } finally {
            threads.shutdownNow();
        }
    }

    private Supply.@Nullable Local ask(Provider provider) {
        Endpoint openai = provider.endpoint(Protocol.OPENAI);
        if (openai == null) {
            return null;
        }
        try {
            Answer listing = call(openai, "GET", openai.target(io.penstock.provider.Operation.MODELS), "");
            if (listing.status() != 200) {
                return null;
            }
            List<String> models = models(listing.body());
            if (models == null || models.isEmpty()) {
                return null;
            }
            Map<Protocol, Endpoint> speaks = new EnumMap<>(Protocol.class);
            speaks.put(Protocol.OPENAI, openai);
            for (Endpoint endpoint : provider.endpoints().values()) {
                if (endpoint.protocol() != Protocol.OPENAI && speaks(endpoint)) {
                    speaks.put(endpoint.protocol(), endpoint);
                }
            }
            Provider running = new Provider(
                    provider.id(), provider.displayName(), provider.otherNames(), provider.environment(), speaks, true);
            return new Supply.Local(
                    running, models, "answers on " + openai.host() + ":" + openai.port(), supply.targets(running));
        } catch (IOException | JacksonException silent) {
            return null;
        }
    }

    /** An empty request is refused by a server that knows the path, and unknown to one that does not. */
    private static boolean speaks(Endpoint endpoint) throws IOException {
        int status = call(endpoint, "POST", endpoint.target(io.penstock.provider.Operation.GENERATE), "{}")
                .status();
        return status != 404 && status != 405 && status != 501;
    }

    private record Answer(int status, byte[] body) {}

    private static Answer call(Endpoint endpoint, String method, String target, String body) throws IOException {
        try (Socket socket = new Socket()) {
            socket.connect(
                    new InetSocketAddress(InetAddress.getByName(endpoint.host()), endpoint.port()), CONNECT_MILLIS);
            socket.setSoTimeout(READ_MILLIS);
            OutputStream out = socket.getOutputStream();
            out.write((method + " " + target + " HTTP/1.0\r\nHost: " + endpoint.host() + ":" + endpoint.port()
                            + "\r\nAccept: application/json\r\nContent-Type: application/json\r\nContent-Length: "
                            + body.length() + "\r\n\r\n" + body)
                    .getBytes(StandardCharsets.US_ASCII));
            out.flush();
            InputStream in = socket.getInputStream();
            byte[] answer = in.readNBytes(ANSWER_BYTES_MAX);
            String head = new String(answer, 0, Math.min(answer.length, 12), StandardCharsets.ISO_8859_1);
            if (!head.matches("HTTP/1\\.[01] [1-5][0-9][0-9]")) {
                throw new IOException("not HTTP");
            }
            int bodyStart = indexOfBody(answer);
            byte[] rest = java.util.Arrays.copyOfRange(answer, bodyStart, answer.length);
            return new Answer(Integer.parseInt(head.substring(9)), rest);
        }
    }

    private static int indexOfBody(byte[] answer) throws IOException {
        for (int i = 0; i + 3 < answer.length; i++) {
            if (answer[i] == '\r' && answer[i + 1] == '\n' && answer[i + 2] == '\r' && answer[i + 3] == '\n') {
                return i + 4;
            }
        }
        throw new IOException("no end of the head");
    }

    /** An id that may stand in a header and in a log as it is. */
    private static void addSane(List<String> ids, String id) {
        boolean sane = !id.isEmpty() && id.length() <= MODEL_CHARS_MAX;
        for (int i = 0; sane && i < id.length(); i++) {
            sane = id.charAt(i) > ' ' && id.charAt(i) < 0x7F;
        }
        if (sane) {
            ids.add(id);
        }
    }

    /** The ids of {@code {"data":[{"id":…}]}}; null if it is something else. */
    private static @Nullable List<String> models(byte[] body) {
        List<String> ids = new ArrayList<>();
        boolean listed = false;
        int start = 0;
        while (start < body.length && body[start] != '{') {
            start++; // a chunk size, from a server that answers HTTP/1.0 in chunks all the same
        }
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), body, start, body.length - start)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                boolean data = parser.currentName().equals("data");
                if (parser.nextToken() != JsonToken.START_ARRAY || !data) {
                    parser.skipChildren();
                    continue;
                }
                listed = true;
                while (parser.nextToken() == JsonToken.START_OBJECT) {
                    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                        boolean id = parser.currentName().equals("id");
                        if (parser.nextToken() == JsonToken.VALUE_STRING && id && ids.size() < MODELS_MAX) {
                            addSane(ids, parser.getString());
                        } else {
                            parser.skipChildren();
                        }
                    }
                }
            }
        }
        return listed ? ids : null;
    }
}
