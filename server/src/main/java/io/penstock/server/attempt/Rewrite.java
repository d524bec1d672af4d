package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.error.GatewayError.FieldNotYet;
import io.penstock.error.GatewayException;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.ChatRequest.Field;
import io.penstock.protocol.ChatRequest.IncludeUsage;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Quirk;
import io.penstock.protocol.translate.WireProfile;
import io.penstock.server.face.Operation;
import io.penstock.server.http.Bytes;
import io.penstock.server.upstream.Target;
import io.penstock.server.wire.RequestBody;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a same-protocol request needs changed before a provider may see it: its own model id, usage at the end of a stream,
 * the newer name of the output limit, and OpenRouter's own fields only where they are understood. Static; event loop only.
 */
final class Rewrite {
    private static final byte[] STREAM_OPTIONS = Bytes.ascii(",\"stream_options\":{\"include_usage\":true}");
    private static final byte[] WITH_USAGE = Bytes.ascii("{\"include_usage\":true}");
    private static final byte[] INCLUDE_USAGE = Bytes.ascii("\"include_usage\":true");
    private static final byte[] INCLUDE_USAGE_FIRST = Bytes.ascii("\"include_usage\":true,");
    private static final byte[] TRUE = Bytes.ascii("true");
    private static final byte[] MAX_TOKENS = Bytes.ascii("\"max_tokens\"");
    private static final byte[] MAX_COMPLETION_TOKENS = Bytes.ascii("\"max_completion_tokens\"");

    private static final int NAME_BYTES_MAX = 64; // max_tokens with every letter escaped, and its quotes, has 62

    /** OpenRouter's fields that change nothing when left out. */
    private static final Field[] DROPPED = {
        Field.MODELS,
        Field.ROUTE,
        Field.USAGE,
        Field.TRANSFORMS,
        Field.SESSION_ID,
        Field.TRACE,
        Field.DEBUG,
        Field.INCLUDE_REASONING,
        Field.PROVIDER
    };

    /** What a model that refuses sampling parameters is not sent. */
    private static final Field[] SAMPLING = {
        Field.TEMPERATURE,
        Field.TOP_P,
        Field.FREQUENCY_PENALTY,
        Field.PRESENCE_PENALTY,
        Field.LOGPROBS,
        Field.TOP_LOGPROBS,
        Field.LOGIT_BIAS,
        Field.STOP
    };

    /** OpenRouter's fields that would be a broken promise when left out. */
    private static final Field[] REFUSED = {Field.PLUGINS, Field.PRESET};

    private static final Pattern EFFORT =
            Pattern.compile("\"effort\"\\s*:\\s*\"(none|minimal|low|medium|high|xhigh)\"");
    private static final int REASONING_BYTES_MAX = 1024;

    private Rewrite() {}

    /** Throws {@link GatewayException} for a field that may be neither sent to this target nor dropped. */
    static ProviderPreferences check(ChatRequest request, RequestBody body, Target target) {
        if (target.takesOpenRouterFields()) {
            return ProviderPreferences.NONE;
        }
        for (Field field : REFUSED) {
            if (request.has(field)) {
                throw new GatewayException(new FieldNotYet(field.wireName()));
            }
        }
        return ProviderPreferences.read(request, body);
    }

    /** The first field that this recipient would refuse and is therefore not sent; null if there is none. */
    static @Nullable Field refused(ChatRequest request, Model model, Offer offer, Target target) {
        for (Field field : SAMPLING) {
            if (request.has(field) && target.offers().of(model, offer).refuses(field.wireName())) {
                return field;
            }
        }
        return null;
    }

    /** Collects the changes of a request that {@link #check} let pass. */
    static void collect(
            BodyEdits edits,
            ChatRequest request,
            RequestBody body,
            Operation operation,
            Model model,
            Offer offer,
            Target target) {
        edits.clear();
        model(edits, request, offer, target);
        if (operation == Operation.CHAT || operation == Operation.COMPLETIONS) {
            if (request.stream()) {
                usage(edits, request);
            }
            if (operation == Operation.CHAT && model.needsMaxCompletionTokens()) {
                rename(edits, request, body, Field.MAX_TOKENS, Field.MAX_COMPLETION_TOKENS, MAX_COMPLETION_TOKENS);
            } else if (request.has(Field.MAX_COMPLETION_TOKENS)
                    && target.offers().of(model, offer).is(Quirk.MAX_TOKENS_ONLY)) {
                rename(edits, request, body, Field.MAX_COMPLETION_TOKENS, Field.MAX_TOKENS, MAX_TOKENS);
            }
        }
        if (!target.takesOpenRouterFields()) {
            openrouterFields(edits, request, body, target, model, offer);
        }
    }

    /** Gives the output limit the name that is known there, unless it is there under that name too. */
    private static void rename(
            BodyEdits edits, ChatRequest request, RequestBody body, Field from, Field to, byte[] quoted) {
        int index = request.indexOf(from);
        if (index >= 0 && !request.has(to)) {
            edits.replace(request.nameStart(index), nameEnd(request, body, index), quoted);
        }
    }

    private static void model(BodyEdits edits, ChatRequest request, Offer offer, Target target) {
        if (offer.nativeId().equals(request.model())) {
            return; // possibly spelled with escapes, which is the same value
        }
        int index = request.indexOf(Field.MODEL);
        edits.replace(
                request.valueStart(index),
                request.valueEnd(index),
                target.offers().quoted(offer.nativeId()));
    }

    private static void usage(BodyEdits edits, ChatRequest request) {
        int index = request.indexOf(Field.STREAM_OPTIONS);
        if (index < 0) {
            edits.insert(request.objectEnd(), STREAM_OPTIONS);
        } else if (request.includeUsage() == IncludeUsage.TRUE) {
            return;
        } else if (request.includeUsageStart() >= 0) {
            edits.replace(request.includeUsageStart(), request.includeUsageEnd(), TRUE);
        } else if (request.streamOptionsInside() >= 0) {
            edits.insert(
                    request.streamOptionsInside(), request.streamOptionsEmpty() ? INCLUDE_USAGE : INCLUDE_USAGE_FIRST);
        } else {
            edits.replace(request.valueStart(index), request.valueEnd(index), WITH_USAGE); // null
        }
    }

    /** End of a field's name with its closing quote; a name that we know holds no quote, however it is spelled. */
    private static int nameEnd(ChatRequest request, RequestBody body, int index) {
        int start = request.nameStart(index);
        ByteBuf name = Unpooled.buffer(NAME_BYTES_MAX);
        body.copy(start, Math.min(request.valueStart(index), start + NAME_BYTES_MAX), name);
        return start + name.indexOf(1, name.writerIndex(), (byte) '"') + 1;
    }

    private static void openrouterFields(
            BodyEdits edits, ChatRequest request, RequestBody body, Target target, Model model, Offer offer) {
        WireProfile refuses = refused(request, model, offer, target) == null
                ? null
                : target.offers().of(model, offer);
        int reasoning = target.protocol() == Protocol.OPENAI ? request.indexOf(Field.REASONING) : -1;
        String effort = reasoning < 0 || request.has(Field.REASONING_EFFORT) ? null : effort(request, body, reasoning);
        if (effort != null) {
            edits.replace(
                    request.nameStart(reasoning),
                    request.valueEnd(reasoning),
                    Bytes.ascii("\"reasoning_effort\":\"" + effort + "\""));
            reasoning = -1;
        }
        int kept = 0; // the first field that stays
        while (kept < request.fieldCount() && dropped(request, kept, reasoning, refuses)) {
            kept++;
        }
        for (int i = 0; i < request.fieldCount(); i++) {
            if (!dropped(request, i, reasoning, refuses)) {
                continue;
            }
            if (i > kept) {
                edits.remove(request.valueEnd(i - 1), request.valueEnd(i));
            } else {
                int next = i + 1 < request.fieldCount() ? request.nameStart(i + 1) : request.valueEnd(i);
                edits.remove(request.nameStart(i), next);
            }
        }
    }

    private static boolean dropped(ChatRequest request, int index, int reasoning, @Nullable WireProfile refuses) {
        if (index == reasoning) {
            return true;
        }
        if (refuses != null) {
            for (Field field : SAMPLING) {
                if (request.indexOf(field) == index && refuses.refuses(field.wireName())) {
                    return true;
                }
            }
        }
        for (Field field : DROPPED) {
            if (request.indexOf(field) == index) {
                return true;
            }
        }
        return false;
    }

    /** {@code effort} of OpenRouter's {@code reasoning} object, which OpenAI calls {@code reasoning_effort}; null if none is told. */
    private static @Nullable String effort(ChatRequest request, RequestBody body, int index) {
        int from = request.valueStart(index);
        int length = request.valueEnd(index) - from;
        if (length > REASONING_BYTES_MAX) {
            return null;
        }
        ByteBuf value = Unpooled.buffer(length);
        body.copy(from, from + length, value);
        Matcher found = EFFORT.matcher(value.toString(StandardCharsets.UTF_8));
        return found.find() ? found.group(1) : null;
    }
}
