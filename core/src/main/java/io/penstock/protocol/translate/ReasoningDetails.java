package io.penstock.protocol.translate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A list of {@code reasoning_details} as a client brings it back (OPENROUTER section 4): whole, or in the fragments that it
 * was streamed in, of which those of one index are one thought. A thought is complete once it is signed; what bears its index
 * behind that is another. Belongs to one message; not thread-safe.
 */
final class ReasoningDetails {
    private enum Kind {
        TEXT("text"),
        SUMMARY("summary"),
        ENCRYPTED("data");

        private final String content;

        Kind(String content) {
            this.content = content;
        }

        private static @Nullable Kind of(String type) {
            return switch (type) {
                case "reasoning.text" -> TEXT;
                case "reasoning.summary" -> SUMMARY;
                case "reasoning.encrypted" -> ENCRYPTED;
                default -> null;
            };
        }
    }

    private final JsonTape tape;
    private final List<Detail> all = new ArrayList<>();
    private final Map<Long, Detail> open = new HashMap<>(); // by index and kind, the last one

    private ReasoningDetails(JsonTape tape) {
        this.tape = tape;
    }

    /** A thought as far as it was brought. */
    private static final class Detail {
        private final Kind kind;
        private final Slice id;
        private final Slice format;
        private Slice text = Slice.EMPTY;
        private @Nullable JsonOut joined; // the text, once it has several fragments
        private Slice seal = Slice.EMPTY;

        private Detail(Kind kind, Slice id, Slice format) {
            this.kind = kind;
            this.id = id;
            this.format = format;
        }

        private void add(Slice fragment) {
            if (text.isEmpty()) {
                text = fragment;
            } else if (!fragment.isEmpty()) {
                joined = (joined == null ? new JsonOut().raw(text) : joined).raw(fragment);
                text = Slice.of(joined);
            }
        }

        /** Null if nothing is left of it that anybody could be told. */
        private @Nullable Part part() {
            Opaque opaque = seal.isEmpty() ? null : Opaque.open(seal);
            if (kind == Kind.TEXT && text.isEmpty() && opaque != null && opaque.kind() == Opaque.Kind.SIGNATURE) {
                return null; // its maker would not know the signature without the text that it signed
            }
            return text.isEmpty() && opaque == null ? null : new Part.Thinking(text, opaque);
        }
    }

    /** Adds what a list says; what is no list says nothing. */
    static void read(JsonTape tape, int details, List<Part> parts) {
        if (!tape.isArray(details)) {
            return;
        }
        ReasoningDetails read = new ReasoningDetails(tape);
        for (int at = tape.first(details), end = tape.next(details); at < end; at = tape.next(at)) {
            read.entry(at);
        }
        for (Detail detail : read.all) {
            Part part = detail.part();
            if (part != null) {
                parts.add(part);
            }
        }
    }

    private void entry(int node) {
        Kind kind = Kind.of(tape.text(tape.get(node, "type")));
        if (kind == null) {
            return;
        }
        Slice id = slice(tape.get(node, "id"));
        Slice format = slice(tape.get(node, "format"));
        Slice content = slice(tape.get(node, kind.content));
        Slice seal = kind == Kind.ENCRYPTED ? content : slice(tape.get(node, "signature"));
        int index = tape.wholeNumber(tape.get(node, "index"));
        long place = (long) index * Kind.values().length + kind.ordinal();
        Detail detail = index >= 0 ? open.get(place) : content.isEmpty() ? last(kind) : null;
        if (detail == null
                || kind == Kind.ENCRYPTED
                || !detail.seal.isEmpty() && !detail.seal.sameBytes(seal)
                || differ(detail.id, id)
                || differ(detail.format, format)) {
            detail = new Detail(kind, id, format);
            all.add(detail);
            open.put(place, detail);
        }
        if (kind != Kind.ENCRYPTED) {
            detail.add(content);
        }
        detail.seal = detail.seal.isEmpty() ? seal : detail.seal;
    }

    /** Of entries without an index, a signature alone belongs to the text before it. */
    private @Nullable Detail last(Kind kind) {
        Detail last = all.isEmpty() ? null : all.get(all.size() - 1);
        return last != null && last.kind == kind ? last : null;
    }

    private static boolean differ(Slice one, Slice other) {
        return !one.isEmpty() && !other.isEmpty() && !one.sameBytes(other);
    }

    private Slice slice(int node) {
        return tape.isString(node) ? tape.slice(node) : Slice.EMPTY;
    }
}
