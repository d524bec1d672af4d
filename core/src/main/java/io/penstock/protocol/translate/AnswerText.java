package io.penstock.protocol.translate;

/** Takes an answer's text, and leaves all else of it alone. */
interface AnswerText extends AnswerSink {
    @Override
    default void thinking(byte[] bytes, int from, int to) {}

    @Override
    default void opaque(Opaque opaque) {}

    @Override
    default void thinkingEnds() {}

    @Override
    default void call(int key, Slice id, String name) {}

    @Override
    default void arguments(int key, byte[] bytes, int from, int to) {}

    @Override
    default void callEnds(int key) {}
}
