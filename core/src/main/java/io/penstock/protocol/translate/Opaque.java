package io.penstock.protocol.translate;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a provider hands out unread and wants back byte for byte: a signature, redacted thinking, encrypted reasoning. It goes
 * to clients in the field of their protocol that they return unchanged, sealed with its maker's name:
 *
 * <pre>penstock:&lt;provider id&gt;:&lt;kind&gt;:&lt;id, may be empty&gt;:&lt;payload as it came&gt;</pre>
 *
 * so that it is never sent to anybody else. What arrives without that seal was made by nobody known, and is sent to nobody.
 *
 * @param maker provider id
 * @param id of the item it belonged to, for {@code ENCRYPTED}; empty otherwise
 * @param payload content of a string, as it came
 */
record Opaque(String maker, Kind kind, Slice id, Slice payload) {
    enum Kind {
        /** Anthropic's signature of a thinking block. */
        SIGNATURE,
        /** Anthropic's {@code redacted_thinking.data}. */
        REDACTED,
        /** {@code encrypted_content} of a reasoning item. */
        ENCRYPTED,
        /** Gemini's {@code thought_signature} of the call that follows. */
        THOUGHT,
        /** An entry of OpenRouter's {@code reasoning_details}, but for the text that stands beside it. */
        DETAIL,
        /** Nothing: says only who thought the text beside it. */
        PLAIN;

        private final String label = name().toLowerCase(Locale.ROOT);

        private static @Nullable Kind of(Slice label) {
            for (Kind kind : values()) {
                if (label.length() == kind.label.length() && label.startsWith(kind.label)) {
                    return kind;
                }
            }
            return null;
        }
    }

    /** What every sealed text begins with. */
    static final String SEAL = "penstock:";

    private static final int PART_BYTES_MAX = 4_096; // some servers' ids of items have hundreds

    static Opaque plain(String maker) {
        return new Opaque(maker, Kind.PLAIN, Slice.EMPTY, Slice.EMPTY);
    }

    /** Whether that provider made it. */
    boolean madeBy(String provider) {
        return maker.equals(provider);
    }

    /** Writes it sealed, as the content of a string. */
    void seal(JsonOut out) {
        out.ascii(SEAL).ascii(maker).raw(':').ascii(kind.label).raw(':');
        boolean fits =
                colon(id, id.from()) < 0 && id.length() < PART_BYTES_MAX; // else it is left out: makers can do without
        out.raw(fits ? id : Slice.EMPTY).raw(':').raw(payload);
    }

    /** As {@link #seal}, as a value: {@code null} if there is none. */
    static void sealOrNull(@Nullable Opaque opaque, JsonOut out) {
        if (opaque == null) {
            out.ascii("null");
        } else {
            out.raw('"');
            opaque.seal(out);
            out.raw('"');
        }
    }

    /** What a sealed text holds; null if it is not sealed. */
    static @Nullable Opaque open(Slice sealed) {
        if (!sealed.startsWith(SEAL)) {
            return null;
        }
        int makerFrom = sealed.from() + SEAL.length();
        int makerTo = colon(sealed, makerFrom);
        int kindTo = makerTo < 0 ? -1 : colon(sealed, makerTo + 1);
        int idTo = kindTo < 0 ? -1 : colon(sealed, kindTo + 1);
        if (idTo < 0) {
            return null;
        }
        Kind kind = Kind.of(sealed.part(makerTo + 1, kindTo));
        return kind == null
                ? null
                : new Opaque(
                        sealed.part(makerFrom, makerTo).toString(),
                        kind,
                        sealed.part(kindTo + 1, idTo),
                        sealed.part(idTo + 1, sealed.to()));
    }

    private static int colon(Slice in, int from) {
        int stop = Math.min(in.to(), from + PART_BYTES_MAX);
        for (int i = from; i < stop; i++) {
            if (in.bytes()[i] == ':') {
                return i;
            }
        }
        return -1;
    }
}
