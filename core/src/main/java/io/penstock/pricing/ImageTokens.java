package io.penstock.pricing;

import io.penstock.protocol.tokens.MediaTokens;
import java.util.Locale;

/**
 * What one image of a prompt counts for at most, by the model's name at its provider: for holds, which know nothing of a picture
 * behind a URL. Read on 2026-11-21; static, safe from any thread.
 *
 * <p>OpenAI's guide "Images and vision": gpt-4o-mini 2,833 tokens and 5,667 a tile, of which a picture has eight at most; the
 * mini and nano models that count patches, 1,536 of them at most, times 1.62 and 2.46. Google's guide "Image understanding": 258
 * tokens a tile of 768 pixels; taken for 16 of them.
 */
public final class ImageTokens {
    private static final long GPT_4O_MINI = 2_833 + 8 * 5_667;
    private static final long MINI = 2_489;
    private static final long NANO = 3_779;
    private static final long GEMINI = 16 * 258;

    private ImageTokens() {}

    public static long max(String nativeId) {
        String name = nativeId.toLowerCase(Locale.ROOT);
        if (name.contains("gpt-4o-mini")) {
            return GPT_4O_MINI;
        }
        if (name.contains("gemini")) {
            return GEMINI;
        }
        if (name.contains("gpt-") && name.contains("-nano")) {
            return NANO;
        }
        return name.contains("gpt-") && name.contains("-mini") ? MINI : MediaTokens.IMAGE_TOKENS_MAX;
    }
}
