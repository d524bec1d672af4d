package io.penstock.server.face;

import io.penstock.catalog.Catalog;
import io.penstock.error.GatewayError;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.ResponseEcho;
import io.penstock.protocol.translate.ResponseIdentity;
import io.penstock.store.Keepalive;
import org.jspecify.annotations.Nullable;

/** One client protocol's words and shapes. Stateless; safe from any thread. Byte arrays handed out must not be changed. */
public abstract class Face {
    private final String label;
    private final Protocol protocol;

    protected Face(String label, Protocol protocol) {
        this.label = label;
        this.protocol = protocol;
    }

    /** {@code openai}, {@code anthropic} or {@code openrouter}: in metrics, logs, {@code baseUrl}. */
    public final String label() {
        return label;
    }

    /** The protocol that its chat operation speaks. */
    public final Protocol protocol() {
        return protocol;
    }

    /** HTTP status of an error. */
    public int status(GatewayError error) {
        return error.kind().status();
    }

    /** JSON body of an error. */
    public abstract byte[] error(GatewayError error, String requestId);

    /** The event that ends a stream which has begun, as SSE bytes. */
    public abstract byte[] errorEvent(GatewayError error, Facts facts);

    /** What keeps a silent stream alive, as SSE bytes. */
    public abstract byte[] keepalive(Keepalive style, Facts facts);

    /** JSON body of the model listing; {@code query} is the text behind the {@code ?}, empty if there is none. */
    public abstract byte[] models(Catalog catalog, boolean auto, String query);

    /** JSON body of one model, or null if there is none of that id. */
    public abstract byte @Nullable [] model(Catalog catalog, boolean auto, String id);

    /** Whether it also answers with {@code request-id}. */
    public boolean requestIdHeader() {
        return false;
    }

    /** Whether every answer is written anew in its own dialect, with {@code usage.cost}. */
    public boolean ownDialect() {
        return false;
    }

    /**
     * What an event may name.
     *
     * @param requestId generation id
     * @param createdSeconds Unix time
     * @param model public id; empty while unknown
     * @param provider name for people; null while unknown
     * @param sequence number of the next event, where the protocol numbers them
     * @param response which response the events tell of, where the protocol has such
     */
    public record Facts(
            String requestId,
            long createdSeconds,
            String model,
            @Nullable String provider,
            long sequence,
            ResponseIdentity response) {
        /** Facts at the beginning of an answer. */
        public Facts(String requestId, long createdSeconds, String model, @Nullable String provider) {
            this(
                    requestId,
                    createdSeconds,
                    model,
                    provider,
                    0,
                    new ResponseIdentity(requestId, createdSeconds, model, ResponseEcho.DEFAULTS));
        }
    }
}
