package io.penstock.protocol.translate;

import io.penstock.protocol.Protocol;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * What must change in a conversation that goes to a provider of the client's own protocol and is otherwise not touched:
 *
 * <ul>
 *   <li>thinking that another provider made, sealed by us or known to be its, is taken out (Anthropic and OpenAI refuse what
 *       they did not sign), and its own, should it come back sealed, is unsealed;
 *   <li>thinking that plain chat could not carry is put back where its provider wants it.
 * </ul>
 *
 * Static; safe from any thread.
 */
public final class ThinkingEdits {
    private static final byte[] NOTHING = {};
    private static final byte[] SEAL = ("\"" + Opaque.SEAL).getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    /** Takes the changes, which do not overlap. */
    public interface Change {
        /** Bytes {@code [from, to)} of the body become {@code by}. */
        void replace(int from, int to, byte[] by);
    }

    private ThinkingEdits() {}

    /** Whether a body may hold something sealed: a quick look at its bytes. */
    public static boolean mayBeSealed(byte[] body) {
        int last = body.length - SEAL.length;
        for (int i = 0; i <= last; ) {
            byte end = body[i + SEAL.length - 1];
            if (end == ':' && Arrays.equals(body, i, i + SEAL.length, SEAL, 0, SEAL.length)) {
                return true;
            }
            i += skip(end);
        }
        return false;
    }

    /** How far the seal can be moved when its last byte meets this one (Horspool): by all of it, mostly. */
    private static int skip(byte b) {
        for (int back = 1; back < SEAL.length; back++) {
            if (SEAL[SEAL.length - 1 - back] == b) {
                return back;
            }
        }
        return SEAL.length;
    }

    /** Tells the changes of that body, one JSON object, for that recipient. */
    public static void of(Protocol protocol, byte[] body, WireProfile to, ThinkingRecall recall, Change change) {
        JsonTape tape = new JsonTape();
        if (!tape.parse(body, 0, body.length)) {
            return;
        }
        int list = tape.get(JsonTape.ROOT, protocol == Protocol.RESPONSES ? "input" : "messages");
        if (!tape.isArray(list)) {
            return;
        }
        switch (protocol) {
            case OPENAI -> {
                for (int at = tape.first(list), end = tape.next(list); at < end; at = tape.next(at)) {
                    chatMessage(tape, at, to, recall, change);
                }
            }
            case ANTHROPIC -> {
                for (int at = tape.first(list), end = tape.next(list); at < end; at = tape.next(at)) {
                    int content = tape.get(at, "content");
                    if (tape.isArray(content) && elements(tape, content, to, recall, change)) {
                        Slice all = tape.raw(content);
                        change.replace(all.from(), all.to(), ELLIPSIS);
                    }
                }
            }
            case RESPONSES -> elements(tape, list, to, recall, change);
        }
    }

    /** What stands where nothing of a turn is left. */
    private static final byte[] ELLIPSIS = "\"…\"".getBytes(java.nio.charset.StandardCharsets.UTF_8);

    // ---- Blocks and items

    /** Takes out, or unseals, the elements that hold something sealed. True, having told nothing, if none would be left. */
    private static boolean elements(JsonTape tape, int array, WireProfile to, ThinkingRecall recall, Change change) {
        BitSet foreign = new BitSet(); // by node
        int kept = 0;
        for (int at = tape.first(array), end = tape.next(array); at < end; at = tape.next(at)) {
            if (foreign(tape, at, to, recall)) {
                foreign.set(at);
            } else {
                kept++;
            }
        }
        if (kept == 0 && !foreign.isEmpty()) {
            return true;
        }
        int keptEnd = -1; // end of the last element that stays
        int gone = -1; // begin of elements to be removed, up to the next that stays
        for (int at = tape.first(array), end = tape.next(array); at < end; at = tape.next(at)) {
            Slice element = tape.raw(at);
            if (foreign.get(at)) {
                gone = gone < 0 ? element.from() : gone;
                if (tape.next(at) >= end && keptEnd >= 0) {
                    change.replace(keptEnd, element.to(), NOTHING); // with the comma before it
                }
            } else {
                if (gone >= 0) {
                    change.replace(gone, element.from(), NOTHING); // with the comma behind it
                    gone = -1;
                }
                unseal(tape, at, change);
                keptEnd = element.to();
            }
        }
        return false;
    }

    /** The signature, or what stands for one, of a block or item; none if it is no thinking. */
    private static int signature(JsonTape tape, int element) {
        return switch (tape.text(tape.get(element, "type"))) {
            case "thinking" -> tape.get(element, "signature");
            case "redacted_thinking" -> tape.get(element, "data");
            case "reasoning" -> tape.get(element, "encrypted_content");
            case "reasoning.text" -> tape.get(element, "signature");
            case "reasoning.encrypted" -> tape.get(element, "data");
            default -> JsonTape.NONE;
        };
    }

    private static int sealed(JsonTape tape, int element) {
        int signature = signature(tape, element);
        return tape.isString(signature) && tape.slice(signature).startsWith(Opaque.SEAL) ? signature : JsonTape.NONE;
    }

    private static boolean foreign(JsonTape tape, int element, WireProfile to, ThinkingRecall recall) {
        int signature = signature(tape, element);
        if (!tape.isString(signature)) {
            return false;
        }
        if (!tape.slice(signature).startsWith(Opaque.SEAL)) {
            String maker = recall.maker(tape.text(signature));
            return maker != null && !maker.equals(to.provider());
        }
        Opaque opaque = Opaque.open(tape.slice(signature));
        String type = tape.text(tape.get(element, "type"));
        boolean fits = opaque != null
                && opaque.madeBy(to.provider())
                && switch (opaque.kind()) {
                    case SIGNATURE -> type.equals("thinking");
                    case REDACTED -> type.equals("redacted_thinking");
                    case ENCRYPTED -> type.equals("reasoning");
                    default -> false;
                };
        return !fits;
    }

    private static void unseal(JsonTape tape, int element, Change change) {
        int sealed = sealed(tape, element);
        if (sealed != JsonTape.NONE) {
            Opaque opaque = Opaque.open(tape.slice(sealed));
            if (opaque != null) {
                change.replace(tape.from(sealed), opaque.payload().from(), NOTHING);
            }
        }
    }

    // ---- Chat

    private static void chatMessage(JsonTape tape, int message, WireProfile to, ThinkingRecall recall, Change change) {
        int details = tape.get(message, "reasoning_details");
        if (tape.isArray(details) && !to.is(Quirk.OPENROUTER_FIELDS) && anySealed(tape, details)) {
            // an empty list says as much as none
            Slice all = tape.raw(details);
            change.replace(all.from(), all.to(), new byte[] {'[', ']'});
        }
        int calls = tape.get(message, "tool_calls");
        if (!tape.isArray(calls) || !ThinkingWatch.wanted(to)) {
            return;
        }
        boolean told =
                tape.isString(tape.get(message, "reasoning_content")) || tape.isString(tape.get(message, "reasoning"));
        JsonOut text = new JsonOut();
        for (int at = tape.first(calls), end = tape.next(calls); at < end; at = tape.next(at)) {
            String id = tape.text(tape.get(at, "id"));
            List<Part> thought = id.isEmpty() ? List.of() : RememberedThinking.parts(recall.before(id));
            for (Part part : thought) {
                if (part instanceof Part.Thinking thinking) {
                    text.ascii(text.length() == 0 || thinking.text().isEmpty() ? "" : "\\n\\n")
                            .raw(thinking.text());
                    signature(tape, at, thinking.opaque(), to, change);
                }
            }
        }
        if (!told && text.length() > 0 && to.is(Quirk.REASONING_CONTENT_BACK)) {
            JsonOut member =
                    new JsonOut().ascii(",\"reasoning_content\":\"").raw(text).raw('"');
            int brace = tape.raw(message).to() - 1;
            change.replace(brace, brace, member.toBytes());
        }
    }

    private static boolean anySealed(JsonTape tape, int details) {
        for (int at = tape.first(details), end = tape.next(details); at < end; at = tape.next(at)) {
            if (sealed(tape, at) != JsonTape.NONE) {
                return true;
            }
        }
        return false;
    }

    private static void signature(
            JsonTape tape, int call, @org.jspecify.annotations.Nullable Opaque opaque, WireProfile to, Change change) {
        if (opaque != null
                && opaque.kind() == Opaque.Kind.THOUGHT
                && opaque.madeBy(to.provider())
                && !tape.isObject(tape.get(call, "extra_content"))) {
            JsonOut member = new JsonOut().ascii(",\"extra_content\":{\"google\":{\"thought_signature\":");
            member.quoted(opaque.payload()).ascii("}}");
            int brace = tape.raw(call).to() - 1;
            change.replace(brace, brace, member.toBytes());
        }
    }
}
