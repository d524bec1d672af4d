package io.penstock.provider;

import io.penstock.protocol.tokens.MediaTokens;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What one image of a prompt counts for at most, by the model's name at its provider: for holds, which know nothing of a picture
 * behind a URL. The numbers are the vendors', see their rows. Static, safe from any thread.
 */
public final class ImageTokens {
    private static final List<Rule> RULES = BuiltInProviders.all().stream()
            .flatMap(provider -> provider.traits().images().stream())
            .toList();

    private ImageTokens() {}

    /**
     * What an image counts for at most with some models.
     *
     * @param part of the model's name in lower case
     * @param most tokens
     */
    record Rule(Pattern part, long most) {
        Rule(String part, long most) {
            this(Pattern.compile(part), most);
        }
    }

    /** Tokens of an image that a model of that name is sent. */
    public static long max(String nativeId) {
        String name = nativeId.toLowerCase(Locale.ROOT);
        for (Rule rule : RULES) {
            if (rule.part().matcher(name).find()) {
                return rule.most();
            }
        }
        return MediaTokens.IMAGE_TOKENS_MAX;
    }
}
