package io.penstock.server.attempt;

import io.penstock.error.GatewayError.InvalidJson;
import io.penstock.error.GatewayException;
import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.ChatRequest.Field;
import io.penstock.protocol.translate.Form;
import io.penstock.server.face.Face;
import io.penstock.server.face.Operation;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.LoopResources;
import io.penstock.server.wire.RequestBody;
import org.jspecify.annotations.Nullable;

/**
 * What a client sent, and what of it is needed when its body has gone. The body stays whole until {@link #release}: every attempt
 * makes its own edits or translation from it. Event loop only.
 */
public final class ClientRequest {
    private final Face face;
    private final Operation operation;
    private final long keyId;
    private final String id;
    private final long arrivedNanos;
    private final long createdSeconds = System.currentTimeMillis() / 1000; // of the answer, in all that tells it
    private final RequestBody body; // owned
    private final LoopResources loop;
    private @Nullable BodyScanner scanner; // until the body goes
    private int lent; // to how much work on another thread
    private boolean released;
    private Form form = Form.CHAT;
    private boolean wantsStream;
    private boolean usageUnasked;
    private boolean olderCalls;

    /**
     * As it was read.
     *
     * @param keyId of the gateway key that asks
     * @param body whole; ownership moves
     * @param scanner that has seen all of it; goes back to the loop with it
     */
    public ClientRequest(
            HttpConnection client, Face face, Operation operation, long keyId, RequestBody body, BodyScanner scanner) {
        this.face = face;
        this.operation = operation;
        this.keyId = keyId;
        this.id = client.requestId();
        this.arrivedNanos = client.arrivedNanos();
        this.body = body;
        this.scanner = scanner;
        this.loop = client.loop();
    }

    public Face face() {
        return face;
    }

    public Operation operation() {
        return operation;
    }

    public long keyId() {
        return keyId;
    }

    /** The generation id. */
    public String id() {
        return id;
    }

    /** On the clock of {@link System#nanoTime}. */
    public long arrivedNanos() {
        return arrivedNanos;
    }

    /** Unix time of the answer, in all that tells it. */
    public long createdSeconds() {
        return createdSeconds;
    }

    public RequestBody body() {
        if (released && lent == 0) {
            throw new IllegalStateException("the body has gone");
        }
        return body;
    }

    /** Checks that the body is one JSON object; {@link #chat} can be asked from here on. */
    public void read() {
        BodyScanner scan = scanner;
        if (scan == null || !scan.finish()) {
            throw new GatewayException(new InvalidJson(scan == null ? null : scan.problem()));
        }
        ChatRequest request = scan.request();
        form = switch (operation) {
            case MESSAGES, COUNT_TOKENS -> Form.MESSAGES;
            case RESPONSES -> Form.RESPONSES;
            case COMPLETIONS -> Form.COMPLETIONS;
            default -> request.has(Field.INPUT) && !request.has(Field.MESSAGES) ? Form.RESPONSES : Form.CHAT;
        };
        wantsStream = request.stream() && operation.streams();
        usageUnasked = request.includeUsage() != ChatRequest.IncludeUsage.TRUE;
        olderCalls = request.has(Field.FUNCTIONS) && !request.has(Field.TOOLS);
    }

    /** What stands in the body; until {@link #release}. */
    public ChatRequest chat() {
        BodyScanner scan = scanner;
        if (scan == null) {
            throw new IllegalStateException("the body has gone");
        }
        return scan.request();
    }

    /** The form of the request: mostly the path's own, but Cursor's agent sends that of Responses to chat. */
    public Form form() {
        return form;
    }

    /** The form that the answer must have. */
    Form answerForm() {
        return operation == Operation.CHAT ? Form.CHAT : form;
    }

    public boolean wantsStream() {
        return wantsStream;
    }

    /** Whether the client did not ask for the usage that OpenAI's streams can end with. */
    boolean usageUnasked() {
        return usageUnasked;
    }

    /** Whether the client asked with {@code functions}, and so reads {@code function_call}. */
    boolean olderCalls() {
        return olderCalls;
    }

    /** Work on another thread reads the body: it stays until {@link #back}, whatever is released meanwhile. */
    void lend() {
        lent++;
    }

    void back() {
        lent--;
        if (released && lent == 0) {
            loop.giveBack(body);
        }
    }

    /** Nothing more is made of the body. Harmless when done twice. */
    public void release() {
        if (released) {
            return;
        }
        released = true;
        if (lent == 0) {
            loop.giveBack(body);
        }
        BodyScanner scan = scanner;
        scanner = null;
        if (scan != null) {
            loop.giveBack(scan);
        }
    }
}
