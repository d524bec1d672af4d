package io.penstock.protocol.translate;

import org.jspecify.annotations.Nullable;

/** What the writers of requests have in common: whom they write for, and what several protocols write the same. */
abstract class RequestWriter {
    /** What the text of a failed tool begins with, where the protocol has no other word for it. */
    static final Slice ERROR = Slice.of("Error: ");

    private static final int USER_BYTES_MAX = 64; // OpenAI refuses longer ones

    final Prompt prompt;
    final WireProfile to;
    final JsonOut out;
    final Losses losses;

    RequestWriter(Prompt prompt, WireProfile to, JsonOut out) {
        this.prompt = prompt;
        this.to = to;
        this.out = out;
        this.losses = prompt.losses();
    }

    /** Writes the request, the model's own name first. */
    final void write() {
        out.raw('{').member("model").quoted(to.nativeModel());
        fields();
        out.raw('}');
    }

    /** Writes all behind the model. */
    abstract void fields();

    /** Tokens of output that may come, by which effort and budgets are told from each other. */
    final int outputTokens() {
        return prompt.maxTokens > 0 ? prompt.maxTokens : to.maxOutput();
    }

    /** A tool's name, which stands behind what is written, its description, and its schema under that name. */
    final void definition(Tool tool, String schema) {
        out.quoted(tool.name());
        Slice description = tool.description();
        if (description != null) {
            out.member("description").quoted(description);
        }
        out.member(schema).raw(tool.parameters());
    }

    final void strict(@Nullable Boolean strict) {
        if (strict != null) {
            out.member("strict").ascii(strict.toString());
        }
    }

    /** OpenAI's schema of an answer: its name, itself, and whether it is strict; the object is left open. */
    final void schema(Format format, Slice schema) {
        Slice name = format.name();
        out.ascii("\"name\":").quoted(name == null ? Slice.of("answer") : name);
        out.member("schema").raw(schema);
        strict(format.strict());
    }

    /** OpenAI's {@code user}; one that is too long, or not taken, is noted as lost. */
    final void user(boolean taken) {
        Slice user = prompt.user;
        if (user != null && taken && user.length() <= USER_BYTES_MAX) {
            out.member("user").quoted(user);
        } else if (user != null) {
            losses.add(Loss.METADATA, "user");
        }
    }

    /** Whether OpenAI's protocols allow one call at a time. */
    final void oneCallAtATime() {
        if (prompt.oneCallAtATime) {
            out.member("parallel_tool_calls").ascii("false");
        }
    }

    final void dataUrl(@Nullable Slice mediaType, @Nullable Slice data, @Nullable Slice url) {
        if (mediaType != null && data != null) {
            out.ascii("data:").raw(mediaType).ascii(";base64,").raw(data);
        } else if (url != null) {
            out.raw(url);
        }
    }

    /** An image's URL, which stands behind what is written, and how closely it shall be looked at. */
    final void imageUrl(Part.Image image) {
        out.raw('"');
        dataUrl(image.mediaType(), image.data(), image.url());
        out.raw('"');
        Slice detail = image.detail();
        if (detail != null) {
            out.member("detail").quoted(detail);
        }
    }

    /** A call's name and arguments, an object even where there are none. */
    final void arguments(Part.Call call) {
        out.quoted(call.name()).member("arguments");
        if (call.arguments().isEmpty()) {
            out.ascii("\"{}\"");
        } else {
            out.quoted(call.arguments());
        }
    }
}
