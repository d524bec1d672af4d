package io.penstock.server.testkit;

import io.penstock.protocol.Protocol;
import java.util.stream.Stream;

/** A client's path, and a provider of the {@link Lab} that speaks another protocol than the client does. */
public record Crossing(String path, String provider, Protocol spoken) {
    /** Every face with every provider that it must be translated for. */
    public static Stream<Crossing> all() {
        return Lab.FACES.stream()
                .flatMap(path -> Stream.of(
                                new Crossing(path, "chatty", Protocol.OPENAI),
                                new Crossing(path, "wordy", Protocol.ANTHROPIC),
                                new Crossing(path, "terse", Protocol.RESPONSES))
                        .filter(one -> one.spoken != ClientView.protocol(path)));
    }

    /** The model's public id. */
    public String model() {
        return provider + "/gpt-test";
    }

    /** A path of the protocol that the provider speaks, to look up what belongs to that. */
    public String theirs() {
        return switch (spoken) {
            case OPENAI -> Lab.CHAT;
            case ANTHROPIC -> Lab.MESSAGES;
            case RESPONSES -> Lab.RESPONSES;
        };
    }

    /** The smallest request; a stream on OpenAI's chat asks for usage. */
    public byte[] request(boolean stream) {
        return Lab.post(path, body(stream));
    }

    public String body(boolean stream) {
        String body = Lab.body(path, model(), stream);
        return stream && path.equals(Lab.CHAT)
                ? body.replace("\"stream\":true", "\"stream\":true,\"stream_options\":{\"include_usage\":true}")
                : body;
    }

    /** The whole answer as this provider gives it. */
    public byte[] answer(AnswerScript speech, boolean stream) {
        return stream ? Answer.stream(speech.stream(spoken), 150) : Answer.json(200, speech.plain(spoken));
    }

    /** What the client was told by a complete answer to {@link #request}. */
    public ClientView told(String text, boolean stream) {
        return stream ? ClientView.stream(path, text, true) : ClientView.plain(path, text);
    }

    @Override
    public String toString() {
        return path + " on " + provider;
    }
}
