package io.penstock.pricing;

import io.penstock.protocol.ScriptCounter;

/**
 * How many tokens a text has, roughly: for a bill when the provider reported no usage (it is marked {@code estimated}),
 * and for choosing a route. Good to about a quarter for prose, too low for dense code (2.5 characters a
 * token); never a bound.
 *
 * <p>The weights lie between tokenizers, which differ more among themselves. Characters a token, counted with OpenAI's
 * o200k_base and cl100k_base: English reports 4.0 and 4.0, Java source 4.2 and 4.3, German 4.1 and 3.4; Chinese 1.2 and
 * 0.9, Japanese 1.1 and 0.8, Korean 1.6 and 1.0; Russian 3.8 and 2.1, Arabic 3.1 and 1.4, Hindi 2.9 and 1.0; emoji 0.7
 * and 0.4. DeepSeek's documentation ("Token &amp; Token Usage") says 0.3 tokens an English character and 0.6 a Chinese one.
 */
public final class TokenEstimate {
    private static final long ASCII_HUNDREDTHS = 25;
    private static final long CJK_HUNDREDTHS = 85;
    private static final long OTHER_HUNDREDTHS = 50;

    private TokenEstimate() {}

    /** Tokens of the text counted, rounded up: none only for no text. */
    public static long tokens(ScriptCounter text) {
        return tokens(text.ascii(), text.cjk(), text.other());
    }

    /** Tokens of that many characters of each script. */
    public static long tokens(long ascii, long cjk, long other) {
        return (ascii * ASCII_HUNDREDTHS + cjk * CJK_HUNDREDTHS + other * OTHER_HUNDREDTHS + 99) / 100;
    }
}
