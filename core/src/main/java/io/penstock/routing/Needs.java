package io.penstock.routing;

import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.protocol.ChatRequest;
import org.jspecify.annotations.Nullable;

/** What a request needs a model to be able to do. */
public record Needs(boolean images, boolean audio, boolean files, boolean tools, boolean structuredOutput) {
    /** Text in, text out. */
    public static final Needs NONE = new Needs(false, false, false, false, false);

    private static final Needs[] ALL = new Needs[32];

    static {
        for (int i = 0; i < ALL.length; i++) {
            ALL[i] = new Needs((i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0, (i & 16) != 0);
        }
    }

    /** What that request needs; none is made for it. */
    public static Needs of(ChatRequest request) {
        return ALL[
                (request.hasImages() ? 1 : 0)
                        | (request.hasAudio() ? 2 : 0)
                        | (request.hasFiles() ? 4 : 0)
                        | (request.toolCount() > 0 ? 8 : 0)
                        | (request.structuredOutput() ? 16 : 0)];
    }

    /** The first thing needed that the model cannot do, in a word, or null if it can do all. */
    public @Nullable String missing(Model model) {
        if (images && !model.input().contains(Modality.IMAGE)) {
            return "images";
        }
        if (audio && !model.input().contains(Modality.AUDIO)) {
            return "audio";
        }
        if (files && !model.input().contains(Modality.FILE)) {
            return "files";
        }
        if (tools && !model.tools()) {
            return "tools";
        }
        if (structuredOutput && !model.structuredOutput()) {
            return "structured_output";
        }
        return null;
    }
}
