package io.penstock.protocol.translate;

/** Copies of what points into an event's bytes, for those who keep it beyond the event. Static. */
final class Opaques {
    private Opaques() {}

    static Slice kept(Slice slice) {
        return Slice.of(new JsonOut().raw(slice));
    }

    static Opaque kept(Opaque opaque) {
        return new Opaque(opaque.maker(), opaque.kind(), kept(opaque.id()), kept(opaque.payload()));
    }
}
