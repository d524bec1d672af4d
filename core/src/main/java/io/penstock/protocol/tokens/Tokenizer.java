package io.penstock.protocol.tokens;

/** Cuts text into tokens and says how many there are. It may keep scratch memory: one thread at a time. */
@FunctionalInterface
public interface Tokenizer {
    /** Tokens of {@code text[from, to)}; 0 for nothing. Any characters will do, half of a surrogate pair included. */
    long count(char[] text, int from, int to);
}
