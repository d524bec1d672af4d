package io.penstock.server.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads answers as strict clients of chat completions do. */
final class ChatView {
    private final boolean own;
    private final boolean usageAsked;
    private final StringBuilder text = new StringBuilder();
    private final StringBuilder thinking = new StringBuilder();
    private final StringBuilder detailed = new StringBuilder(); // thinking as reasoning_details tell it
    private final List<TranscriptPart> calls = new ArrayList<>();
    private String sealed = "";
    private @Nullable Finish finish;

    /** @param own whether it is OpenRouter's dialect */
    ChatView(boolean own, boolean usageAsked) {
        this.own = own;
        this.usageAsked = usageAsked || own;
    }

    ClientView stream(List<ClientView.Frame> frames) {
        assertThat(frames).as("events").hasSizeGreaterThan(2);
        assertThat(frames).allSatisfy(frame -> assertThat(frame.name()).isNull());
        assertThat(frames.get(frames.size() - 1).data()).isEqualTo("[DONE]");
        JsonNode first = frames.get(0).json();
        JsonNode usage = null;
        boolean role = false;
        for (int i = 0; i < frames.size() - 1; i++) {
            JsonNode chunk = frames.get(i).json();
            head(chunk, "chat.completion.chunk");
            for (String same : List.of("id", "created", "model")) {
                assertThat(chunk.path(same)).as("%s of %s", same, chunk).isEqualTo(first.path(same));
            }
            assertThat(usage).as("nothing follows usage").isNull();
            if (chunk.path("choices").isEmpty()) {
                assertThat(chunk.path("choices").isArray()).isTrue();
                assertThat(usageAsked).as("usage was asked for").isTrue();
                assertThat(finish).as("usage behind the finish").isNotNull();
                usage = chunk.path("usage");
                continue;
            }
            assertThat(chunk.has("usage")).as("usage beside choices").isFalse();
            assertThat(chunk.path("choices")).hasSize(1);
            JsonNode choice = chunk.path("choices").get(0);
            assertThat(ClientView.number(choice, "index")).isZero();
            JsonNode delta = choice.path("delta");
            assertThat(delta.isObject()).isTrue();
            assertThat(finish).as("nothing but usage behind the finish").isNull();
            if (delta.has("role")) {
                assertThat(role).as("the role once").isFalse();
                assertThat(ClientView.string(delta, "role")).isEqualTo("assistant");
                role = true;
            } else {
                assertThat(role || delta.isEmpty())
                        .as("the role first: %s", chunk)
                        .isTrue();
            }
            delta(delta);
            if (choice.path("finish_reason").isNull()) {
                assertThat(choice.has("finish_reason")).isTrue();
            } else {
                finish = Finish.ofChat(ClientView.string(choice, "finish_reason"));
            }
        }
        assertThat(usage != null).as("usage is told").isEqualTo(usageAsked);
        return told(first, usage);
    }

    private void delta(JsonNode delta) {
        if (delta.has("content") && !delta.path("content").isNull()) {
            text.append(ClientView.string(delta, "content"));
        }
        thinking(delta);
        if (!delta.has("tool_calls")) {
            return;
        }
        assertThat(delta.path("tool_calls").isArray()).isTrue();
        for (JsonNode call : delta.path("tool_calls")) {
            int index = (int) ClientView.number(call, "index");
            assertThat(index).as("index of a call").isBetween(0, calls.size());
            String arguments = ClientView.string(call.path("function"), "arguments");
            if (index == calls.size()) {
                assertThat(ClientView.string(call, "type")).isEqualTo("function");
                calls.add(TranscriptPart.call(
                        ClientView.string(call, "id"), ClientView.string(call.path("function"), "name"), arguments));
            } else {
                assertThat(call.has("id") || call.path("function").has("name"))
                        .as("a call's id and name once")
                        .isFalse();
                TranscriptPart before = calls.get(index);
                calls.set(index, TranscriptPart.call(before.id(), before.name(), before.text() + arguments));
            }
        }
    }

    private void thinking(JsonNode message) {
        assertThat(message.has(own ? "reasoning_content" : "reasoning_details"))
                .as("the other dialect")
                .isFalse();
        String field = own ? "reasoning" : "reasoning_content";
        if (message.has(field) && !message.path(field).isNull()) {
            thinking.append(ClientView.string(message, field));
        }
        for (JsonNode detail : message.path("reasoning_details")) {
            assertThat(ClientView.string(detail, "type")).isEqualTo("reasoning.text");
            detailed.append(ClientView.string(detail, "text"));
            ClientView.number(detail, "index");
            if (detail.path("signature").isTextual()) {
                sealed += detail.path("signature").textValue();
            } else {
                ClientView.isNull(detail, "signature");
            }
        }
    }

    ClientView plain(JsonNode answer) {
        head(answer, "chat.completion");
        assertThat(answer.path("choices")).hasSize(1);
        JsonNode choice = answer.path("choices").get(0);
        assertThat(ClientView.number(choice, "index")).isZero();
        JsonNode message = choice.path("message");
        assertThat(ClientView.string(message, "role")).isEqualTo("assistant");
        if (message.path("content").isNull()) {
            assertThat(message.path("tool_calls").isEmpty())
                    .as("no content only beside calls")
                    .isFalse();
        } else {
            text.append(ClientView.string(message, "content"));
        }
        thinking(message);
        for (JsonNode call : message.path("tool_calls")) {
            assertThat(ClientView.string(call, "type")).isEqualTo("function");
            calls.add(TranscriptPart.call(
                    ClientView.string(call, "id"),
                    ClientView.string(call.path("function"), "name"),
                    ClientView.string(call.path("function"), "arguments")));
        }
        finish = Finish.ofChat(ClientView.string(choice, "finish_reason"));
        return told(answer, answer.path("usage"));
    }

    private void head(JsonNode chunk, String object) {
        assertThat(ClientView.string(chunk, "object")).isEqualTo(object);
        assertThat(ClientView.string(chunk, "id")).startsWith(own ? "gen-" : "chatcmpl-");
        assertThat(ClientView.number(chunk, "created")).isPositive();
        if (own) {
            ClientView.string(chunk, "provider");
        }
    }

    private ClientView told(JsonNode head, @Nullable JsonNode usage) {
        assertThat(finish).as("a finish_reason").isNotNull();
        if (own) {
            assertThat(detailed.toString()).as("reasoning_details").isEqualTo(thinking.toString());
        }
        List<TranscriptPart> said = new ArrayList<>();
        if (thinking.length() > 0 || !sealed.isEmpty()) {
            said.add(TranscriptPart.thinking(thinking.toString(), sealed));
        }
        if (text.length() > 0) {
            said.add(TranscriptPart.text(text.toString()));
        }
        said.addAll(calls);
        return new ClientView(
                ClientView.string(head, "id"),
                ClientView.string(head, "model"),
                said,
                finish,
                usage == null ? null : counts(usage),
                usage == null ? -1 : ClientView.cost(usage, own),
                -1);
    }

    private static Counts counts(JsonNode usage) {
        long input = ClientView.number(usage, "prompt_tokens");
        long output = ClientView.number(usage, "completion_tokens");
        assertThat(ClientView.number(usage, "total_tokens")).isEqualTo(input + output);
        JsonNode details = usage.path("prompt_tokens_details");
        return new Counts(
                input,
                ClientView.number(details, "cached_tokens"),
                details.path("cache_write_tokens").asLong(0),
                output,
                ClientView.number(usage.path("completion_tokens_details"), "reasoning_tokens"));
    }
}
