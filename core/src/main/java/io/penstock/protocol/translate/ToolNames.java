package io.penstock.protocol.translate;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Names of tools as the client knows them and as the provider is told them. They differ where a name is longer than the
 * recipient takes or has other letters (it is cut, with a hash that is the same in every request) and where a tool lies in a namespace (both names
 * joined); and only here it is known that a function stands for a tool of another kind. Belongs to one exchange.
 */
final class ToolNames {
    /** What a tool is to the client. */
    enum Kind {
        FUNCTION,
        /** Chat: of the older form, {@code functions}, whose call is told as {@code function_call}. */
        OLDER_FUNCTION,
        /** Responses: takes free text, which travels as the one argument {@code input}. */
        CUSTOM,
        /** Responses: {@code local_shell}; its argument is the action. */
        LOCAL_SHELL,
        /** Not the client's at all: the answer itself, in the form that was asked for. */
        ANSWER
    }

    /**
     * A tool of the client's.
     *
     * @param space the namespace it lies in; null for none
     */
    record Known(Kind kind, String name, @Nullable String space) {}

    /** The argument that free text travels as. */
    static final String INPUT = "input";

    /** What the tool is called whose arguments are the answer. */
    static final String ANSWER = "answer_in_required_form";

    /** What all three protocols take (OpenAI 64; Anthropic 128). */
    static final int NAME_CHARS_MAX = 64;

    private static final int HASH_DIGITS = 8;

    private final Map<String, Known> known = new HashMap<>();

    /** The name for the provider of a tool of the client's; the same for the same names at all times. */
    String sent(Kind kind, String name, @Nullable String space) {
        String joined = space == null ? name : space + "__" + name;
        String plain = plain(joined);
        String sent = plain.equals(joined) && joined.length() <= NAME_CHARS_MAX ? joined : hashed(plain, joined);
        known.putIfAbsent(sent, new Known(kind, name, space));
        return sent;
    }

    /** The client's tool of that name; what is not known is a function of that very name. */
    Known known(String sent) {
        Known it = known.get(sent);
        return it == null ? new Known(Kind.FUNCTION, sent, null) : it;
    }

    /** The name in the letters that all three protocols take. */
    private static String plain(String name) {
        StringBuilder plain = new StringBuilder(name);
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            if (!letter && c != '_' && c != '-') {
                plain.setCharAt(i, '_');
            }
        }
        return plain.toString();
    }

    /** The beginning of the plain name, and letters that tell the whole one apart from others. */
    private static String hashed(String plain, String name) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
            return plain.substring(0, Math.min(plain.length(), NAME_CHARS_MAX - HASH_DIGITS - 1))
                    + "_"
                    + HexFormat.of().formatHex(hash, 0, HASH_DIGITS / 2);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
