package io.penstock.protocol.translate;

import static io.penstock.protocol.translate.Reading.invalid;

import io.penstock.protocol.translate.Turn.Role;

/**
 * Reads a request of OpenAI's older completions: its prompt becomes what the user says. Throws {@link
 * io.penstock.error.GatewayException} for what has no meaning in a conversation.
 */
final class CompletionsReader {
    private CompletionsReader() {}

    /** The body is an object, as whoever scanned it made sure of. */
    static Prompt read(JsonTape tape) {
        Prompt prompt = new Prompt();
        int text = JsonTape.NONE;
        for (int name = tape.first(JsonTape.ROOT), end = tape.next(JsonTape.ROOT);
                name < end;
                name = tape.next(name + 1)) {
            int value = name + 1;
            if (!tape.isValue(value)) {
                continue;
            }
            switch (tape.text(name)) {
                case "prompt" -> text = value;
                case "max_tokens" -> prompt.maxTokens = tape.wholeNumber(value);
                case "stop" -> Reading.stops(prompt, tape, value);
                case "stream" -> prompt.stream = tape.isTrue(value);
                case "user" -> prompt.user = Reading.sliceOrNull(tape, value);
                case "temperature" -> prompt.param(Param.TEMPERATURE, tape, value);
                case "top_p" -> prompt.param(Param.TOP_P, tape, value);
                case "top_k" -> prompt.param(Param.TOP_K, tape, value);
                case "seed" -> prompt.param(Param.SEED, tape, value);
                case "frequency_penalty" -> prompt.param(Param.FREQUENCY_PENALTY, tape, value);
                case "presence_penalty" -> prompt.param(Param.PRESENCE_PENALTY, tape, value);
                case "logit_bias" -> prompt.param(Param.LOGIT_BIAS, tape, value);
                case "logprobs" -> prompt.losses().add(Loss.LOGPROBS, "logprobs");
                case "n", "best_of" -> {
                    if (tape.wholeNumber(value) != 1) {
                        throw invalid(tape.text(name), "1: this model's provider gives one answer at a time");
                    }
                }
                case "suffix", "echo" -> {
                    if (!tape.isFalse(value) && !tape.isEmptyString(value)) {
                        throw invalid(tape.text(name), "absent: this model is asked in chat");
                    }
                }
                case "model", "models", "route", "provider", "stream_options", "usage", "session_id" -> {}
                default -> prompt.losses().add(Loss.UNKNOWN_FIELD, tape.text(name));
            }
        }
        if (tape.isArray(text) && tape.next(text) == tape.first(text) + 1) {
            text = tape.first(text); // a list of one
        }
        if (!tape.isString(text)) {
            throw invalid("prompt", "one text: this model is asked in chat");
        }
        prompt.newTurn(Role.USER).parts().add(new Part.Text(tape.slice(text), Part.Cache.NONE));
        return prompt;
    }
}
