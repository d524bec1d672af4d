package io.penstock.routing;

/**
 * What can be counted in a request without reading it as a language: the same in every script.
 *
 * @param textBytes bytes of text in the last message of the user
 * @param turns messages so far, the system's not counted
 * @param tools functions offered
 * @param codeFences fenced blocks of code in the last message of the user
 * @param reasoning whether the client asks for thinking
 * @param structuredOutput whether the answer must keep to a schema
 */
public record Features(
        long textBytes, int turns, int tools, int codeFences, boolean reasoning, boolean structuredOutput) {

    /** Nothing was counted. */
    public static final Features NONE = new Features(0, 0, 0, 0, false, false);

    public Features {
        if (textBytes < 0 || (turns | tools | codeFences) < 0) {
            throw new IllegalArgumentException("a negative count in " + textBytes + "/" + turns + "/" + tools + "/"
                    + codeFences + " (expected: >= 0)");
        }
    }
}
