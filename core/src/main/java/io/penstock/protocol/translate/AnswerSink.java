package io.penstock.protocol.translate;

/**
 * Takes an answer, as all three protocols mean it, in the order in which the provider told it. Bytes are the content of a
 * string as it stands, and are valid during the call only.
 *
 * <p>Calls are told apart by a key of the reader's choice; they may overlap. Everything else follows one behind the other.
 */
interface AnswerSink {
    /** Why an answer ended. */
    enum Finish {
        STOP,
        STOP_SEQUENCE,
        LENGTH,
        CALLS,
        FILTER
    }

    /** The answer begins. Writers hear it once, and first. */
    void begin();

    /** The provider is alive, and has nothing to tell. */
    default void ping() {}

    void text(byte[] bytes, int from, int to);

    void thinking(byte[] bytes, int from, int to);

    /** What the maker wants back with the thinking that just was told; or, if none was since the last one, in its place. */
    void opaque(Opaque opaque);

    /** The thinking at hand is over. */
    void thinkingEnds();

    /** A call begins; {@code name} is the one that the provider was told. */
    void call(int key, Slice id, String name);

    /** A fragment of a call's arguments. */
    void arguments(int key, byte[] bytes, int from, int to);

    /** No more arguments come for that call. */
    void callEnds(int key);

    /** Why it ended; several times at most, of which the last counts. */
    void finish(Finish why);
}
