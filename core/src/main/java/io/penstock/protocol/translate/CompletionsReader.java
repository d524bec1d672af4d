package io.penstock.protocol.translate;

import static io.penstock.protocol.translate.Reading.invalid;

import io.penstock.protocol.translate.Turn.Role;

/**
 * Reads a request of OpenAI's older completions: its prompt becomes what the user says. Throws {@link
 * io.penstock.error.GatewayException} for what has no meaning in a conversation.
 */
final class CompletionsReader extends RequestReader {
    private int text = JsonTape.NONE;

    CompletionsReader(JsonTape tape) {
        super(tape);
    }

    @Override
    void field(String name, int value) {
        switch (name) {
            case "prompt" -> text = value;
            case "max_tokens" -> prompt.maxTokens = tape.wholeNumber(value);
            case "logprobs" -> prompt.losses().add(Loss.LOGPROBS, "logprobs");
            case "n", "best_of" -> {
                if (tape.wholeNumber(value) != 1) {
                    throw invalid(name, "1: this model's provider gives one answer at a time");
                }
            }
            case "suffix", "echo" -> {
                if (!tape.isFalse(value) && !tape.isEmptyString(value)) {
                    throw invalid(name, "absent: this model is asked in chat");
                }
            }
            case "model", "models", "route", "provider", "stream_options", "usage", "session_id" -> {}
            default -> common(name, value);
        }
    }

    @Override
    void end() {
        if (tape.isArray(text) && tape.next(text) == tape.first(text) + 1) {
            text = tape.first(text); // a list of one
        }
        if (!tape.isString(text)) {
            throw invalid("prompt", "one text: this model is asked in chat");
        }
        prompt.newTurn(Role.USER).parts().add(new Part.Text(tape.slice(text), Part.Cache.NONE));
    }
}
