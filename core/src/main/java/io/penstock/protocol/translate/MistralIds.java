package io.penstock.protocol.translate;

/** Ids of calls for a provider that takes nine letters and digits and nothing else (Mistral). Static. */
final class MistralIds {
    private static final String ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int LENGTH = 9;

    private MistralIds() {}

    /** Writes the id as it is if it has that form, else nine letters that are the same for the same id at all times. */
    static void write(Slice id, JsonOut out) {
        if (fits(id)) {
            out.raw(id);
            return;
        }
        long hash = 0xcbf29ce484222325L; // FNV-1a, 64 bits: 62^9 is 54 bits
        for (int i = id.from(); i < id.to(); i++) {
            hash = (hash ^ id.bytes()[i] & 0xFF) * 0x100000001b3L;
        }
        for (int i = 0; i < LENGTH; i++) {
            out.raw(ALPHABET.charAt((int) Long.remainderUnsigned(hash, ALPHABET.length())));
            hash = Long.divideUnsigned(hash, ALPHABET.length());
        }
    }

    private static boolean fits(Slice id) {
        boolean letters = id.length() == LENGTH;
        for (int i = id.from(); i < id.to() && letters; i++) {
            letters = ALPHABET.indexOf(id.bytes()[i]) >= 0;
        }
        return letters;
    }
}
