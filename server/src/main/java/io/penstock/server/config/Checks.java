package io.penstock.server.config;

import io.penstock.money.Nanos;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;

/** What a value must look like. Every method returns its argument, or what it means, or throws {@link Unfit}. */
final class Checks {
    /** 128 bits of a token drawn from 64 letters are 22 of them. */
    static final int TOKEN_CHARACTERS_MIN = 22;

    static final int KEY_CHARACTERS_MIN = 20;
    static final int KEY_CHARACTERS_MAX = 200;

    /** Longer than any credential in use: Google's service tokens have about 2,000 characters. */
    static final int CREDENTIAL_CHARACTERS_MAX = 8_192;

    private static final int HEADER_CHARACTERS_MAX = 4_096;
    private static final int NAME_CHARACTERS_MAX = 64;
    private static final int MODEL_CHARACTERS_MAX = 200;

    /**
     * No price is near it, and it keeps what a request may cost far from overflow: 9 million tokens at this price are
     * {@code 9×10¹⁸} millionths.
     */
    private static final long PRICE_NANOS_MAX = 1_000 * Nanos.PER_USD;

    private static final String PRICE = "USD such as 0.15, 0 to 1000, at most nine decimals";

    /** Headers that belong to one connection, to the message's framing, or to the credential that Penstock adds. */
    private static final Set<String> RESERVED_HEADERS = Set.of(
            "accept-encoding",
            "authorization",
            "connection",
            "content-encoding",
            "content-length",
            "content-type",
            "expect",
            "host",
            "keep-alive",
            "proxy-authenticate",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade",
            "x-api-key");

    private static final String TOKEN_PUNCTUATION = "!#$%&'*+-.^_`|~"; // RFC 9110 5.6.2

    private Checks() {}

    static long range(String field, long value, long min, long max) {
        if (value < min || value > max) {
            throw new Unfit(field, Long.toString(value), min + " to " + max);
        }
        return value;
    }

    static long bytes(String field, long value, long min, long max) {
        if (value < min || value > max) {
            throw new Unfit(
                    field, value < 0 ? value + "B" : Units.print(value), Units.print(min) + " to " + Units.print(max));
        }
        return value;
    }

    static Duration duration(String field, Duration value, Duration min, Duration max) {
        if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw new Unfit(field, Units.print(value), Units.print(min) + " to " + Units.print(max));
        }
        return value;
    }

    /** The text of a secret is never shown, only counted. */
    static String secret(String field, String value, int min, int max) {
        String expected = min == 1 ? "visible ASCII characters" : min + " to " + max + " visible ASCII characters";
        if (!visible(value)) {
            throw new Unfit(field, "a text with other characters", expected);
        }
        if (value.length() < min || value.length() > max) {
            throw new Unfit(field, value.length() + " characters", expected);
        }
        return value;
    }

    static String keyText(String field, String value) {
        return secret(field, value, KEY_CHARACTERS_MIN, KEY_CHARACTERS_MAX);
    }

    static String credential(String field, String value) {
        return secret(field, value, 1, CREDENTIAL_CHARACTERS_MAX);
    }

    /** For the admin token and the master key. */
    static String token(String field, String value) {
        return secret(field, value, TOKEN_CHARACTERS_MIN, CREDENTIAL_CHARACTERS_MAX);
    }

    /** What stands in a Host header before the port: a name, an address, or an IPv6 address in brackets. */
    static String hostName(String field, String value) {
        boolean bracketed = value.startsWith("[") && value.endsWith("]");
        String host = bracketed ? value.substring(1, value.length() - 1) : value;
        if (!ListenConfig.isHost(host) || bracketed != host.indexOf(':') >= 0) {
            throw Unfit.shown(field, value, "a host name or an address such as gateway.example or [fd00::1], no port");
        }
        return value;
    }

    /** A name for people: it stands in lists, logs and metrics. */
    static String keyName(String field, String value) {
        boolean fits = !value.isBlank() && value.strip().equals(value) && value.length() <= NAME_CHARACTERS_MAX;
        for (int i = 0; fits && i < value.length(); i++) {
            fits = !Character.isISOControl(value.charAt(i));
        }
        if (!fits) {
            throw Unfit.shown(field, value, "1 to " + NAME_CHARACTERS_MAX + " characters on one line");
        }
        return value;
    }

    /** The first half of a model id. */
    static String providerName(String field, String value) {
        boolean fits = !value.isEmpty() && value.length() <= NAME_CHARACTERS_MAX && lowerOrDigit(value.charAt(0));
        for (int i = 0; fits && i < value.length(); i++) {
            char c = value.charAt(i);
            fits = lowerOrDigit(c) || c == '-' || c == '_' || c == '.';
        }
        if (!fits) {
            throw Unfit.shown(field, value, "lower-case letters, digits, \"-\", \"_\" and \".\"");
        }
        if (value.equals("penstock") || value.equals("gaterouter") || value.equals("gateai")) {
            throw Unfit.shown(field, value, "another name: this prefix is dropped from model ids");
        }
        return value;
    }

    static String modelId(String field, String value) {
        if (!visible(value)
                || value.length() > MODEL_CHARACTERS_MAX
                || value.startsWith("/")
                || value.endsWith("/")
                || value.contains("//")) {
            throw Unfit.shown(field, value, "a model id such as anthropic/claude-sonnet-4.6");
        }
        return value;
    }

    static String aliasName(String field, String value) {
        if (!visible(value) || value.length() > MODEL_CHARACTERS_MAX || value.equals("auto")) {
            throw Unfit.shown(field, value, "visible ASCII characters, and not auto");
        }
        return value;
    }

    static String headerName(String field, String value) {
        boolean fits = !value.isEmpty() && value.length() <= NAME_CHARACTERS_MAX;
        for (int i = 0; fits && i < value.length(); i++) {
            char c = value.charAt(i);
            fits = lowerOrDigit(c) || (c >= 'A' && c <= 'Z') || TOKEN_PUNCTUATION.indexOf(c) >= 0;
        }
        if (!fits) {
            throw Unfit.shown(field, value, "the name of an HTTP header");
        }
        if (RESERVED_HEADERS.contains(value.toLowerCase(Locale.ROOT))) {
            throw Unfit.shown(field, value, "a header that Penstock does not set itself");
        }
        return value;
    }

    /** May be a secret, so it is never shown. */
    static String headerValue(String field, String value) {
        boolean fits = value.strip().equals(value) && value.length() <= HEADER_CHARACTERS_MAX;
        for (int i = 0; fits && i < value.length(); i++) {
            char c = value.charAt(i);
            fits = c >= ' ' && c < 127;
        }
        if (!fits) {
            throw new Unfit(field, "a text that is no header value", "ASCII characters on one line");
        }
        return value;
    }

    static long price(String field, long nanos) {
        if (nanos < 0 || nanos > PRICE_NANOS_MAX) {
            throw new Unfit(field, Nanos.shortest(nanos), PRICE);
        }
        return nanos;
    }

    /** USD to nano-USD, from the text as written. */
    static long usd(String field, String text) {
        boolean digits = !text.isEmpty() && text.length() <= 32; // no exponent: it could stand for a gigabyte of zeros
        int dots = 0;
        for (int i = 0; digits && i < text.length(); i++) {
            char c = text.charAt(i);
            dots += c == '.' ? 1 : 0;
            digits = (c >= '0' && c <= '9') || (c == '.' && i > 0 && i < text.length() - 1 && dots == 1);
        }
        if (!digits) {
            throw Unfit.shown(field, text, PRICE);
        }
        try {
            return price(field, Nanos.parseUsd(text));
        } catch (ArithmeticException tooFine) {
            throw Unfit.shown(field, text, PRICE);
        }
    }

    private static boolean lowerOrDigit(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    private static boolean visible(String value) {
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) <= ' ' || value.charAt(i) >= 127) {
                return false;
            }
        }
        return !value.isEmpty();
    }
}
