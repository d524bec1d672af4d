package io.penstock.routing;

import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import org.jspecify.annotations.Nullable;

/** What a request needs a model to be able to do. */
public record Needs(boolean images, boolean audio, boolean files, boolean tools, boolean structuredOutput) {
    /** Text in, text out. */
    public static final Needs NONE = new Needs(false, false, false, false, false);

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
