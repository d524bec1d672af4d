package io.penstock.server;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError;
import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.JsonText;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.RequestHead;
import io.penstock.server.wire.Acceptance;
import io.penstock.server.wire.HttpConnection;
import io.penstock.server.wire.Reply;
import io.penstock.server.wire.RequestBody;
import io.penstock.server.wire.RequestHandler;
import io.penstock.server.wire.StreamedAnswer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the demo answers on one connection: the same words to everything, at once or one by one. Event loop only. */
final class DemoAnswers implements RequestHandler {
    private static final String MODEL = DemoProvider.MODEL;
    private static final byte[] MESSAGES = Bytes.ascii("/v1/messages");
    private static final String[] WORDS =
            ("Hello! This is Penstock's built-in demo, not a language model: your request went "
                            + "through key, router, hold, relay and ledger, and this text came back word by word, as a real answer "
                            + "would. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or another provider's key and start again, and real "
                            + "models take my place.")
                    .split("(?<= )", -1);
    private static final long WORD_MILLIS = 20;

    private final HttpConnection client;
    private boolean anthropic;
    private int input; // tokens, roughly
    private int word; // the next one
    private @Nullable StreamedAnswer answer; // under way
    private boolean waits; // for the client to take what it has

    DemoAnswers(HttpConnection client) {
        this.client = client;
    }

    @Override
    public Acceptance accept(RequestHead head, ByteBuf in) {
        anthropic = Bytes.startsWith(in, head.pathStart(), head.pathEnd(), MESSAGES);
        return Acceptance.LOOKED_AT;
    }

    @Override
    public void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner) {
        if (scanner == null) {
            throw new IllegalStateException("the body is looked through");
        }
        boolean stream = scanner.finish() && scanner.request().stream();
        input = Math.max(1, (int) scanner.request().textBytes() / 4);
        client.loop().giveBack(scanner);
        if (!stream) {
            whole(200, Reply.JSON, whole(input));
            return;
        }
        StreamedAnswer begun = StreamedAnswer.begin(client, Reply.begin(client, 200, Reply.EVENT_STREAM, false, 0));
        answer = begun;
        word = 0;
        waits = false;
        write(begun, anthropic ? messageStart(input) : delta("{\"role\":\"assistant\",\"content\":\"\"}"));
        sayNext(begun);
    }

    private void whole(int status, byte[] type, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        Reply.end(client, Reply.begin(client, status, type, false, bytes.length), bytes);
        client.exchangeEnded(false);
    }

    private static void write(StreamedAnswer begun, String events) {
        begun.write(events.getBytes(StandardCharsets.UTF_8));
    }

    private void sayNext(StreamedAnswer begun) {
        if (answer != begun) {
            return; // the client left
        }
        if (!begun.writable()) {
            waits = true;
            return;
        }
        if (word == WORDS.length) {
            answer = null;
            write(begun, anthropic ? messageEnd() : chatEnd(input));
            begun.end();
            return;
        }
        String text = JsonText.quote(new StringBuilder(), WORDS[word++]).toString();
        write(
                begun,
                anthropic
                        ? event(
                                "content_block_delta",
                                "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":" + text + "}")
                        : delta("{\"content\":" + text + "}"));
        client.loop().eventLoop().schedule(() -> sayNext(begun), WORD_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void writable(boolean writable) {
        StreamedAnswer begun = answer;
        if (writable && waits && begun != null) {
            waits = false;
            sayNext(begun);
        }
    }

    @Override
    public void refuse(GatewayError error) {
        whole(error.kind().status(), Reply.TEXT, error.message());
    }

    @Override
    public void clientLeft() {
        answer = null;
    }

    private String whole(int input) {
        String text =
                JsonText.quote(new StringBuilder(), String.join("", WORDS)).toString();
        return anthropic
                ? "{\"id\":\"msg_demo\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"" + MODEL
                        + "\",\"content\":[{\"type\":\"text\",\"text\":" + text
                        + "}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":"
                        + input
                        + ",\"output_tokens\":" + WORDS.length + "}}"
                : "{\"id\":\"chatcmpl-demo\",\"object\":\"chat.completion\",\"created\":0,\"model\":\"" + MODEL
                        + "\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":" + text
                        + "},\"finish_reason\":\"stop\"}],\"usage\":" + usage(input) + "}";
    }

    private static String usage(int input) {
        return "{\"prompt_tokens\":" + input + ",\"completion_tokens\":" + WORDS.length + ",\"total_tokens\":"
                + (input + WORDS.length) + "}";
    }

    private static String delta(String delta) {
        return chatChunk("[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":null}]");
    }

    private static String chatChunk(String choices) {
        return "data: {\"id\":\"chatcmpl-demo\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\"" + MODEL
                + "\",\"choices\":" + choices + "}\n\n";
    }

    private static String chatEnd(int input) {
        return chatChunk("[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]")
                + "data: {\"id\":\"chatcmpl-demo\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\""
                + MODEL + "\",\"choices\":[],\"usage\":" + usage(input) + "}\n\ndata: [DONE]\n\n";
    }

    private static String messageStart(int input) {
        return event(
                        "message_start",
                        "\"message\":{\"id\":\"msg_demo\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\""
                                + MODEL
                                + "\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":"
                                + input + ",\"output_tokens\":0}}")
                + event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
    }

    private static String messageEnd() {
        return event("content_block_stop", "\"index\":0")
                + event(
                        "message_delta",
                        "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":"
                                + WORDS.length + "}")
                + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    }

    private static String event(String type, String members) {
        return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
    }
}
