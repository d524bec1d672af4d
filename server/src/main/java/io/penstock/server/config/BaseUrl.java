package io.penstock.server.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/** Reads a provider's base URL. */
final class BaseUrl {
    private static final String EXPECTED = "http://host:port/path or https://…, without user, query or fragment";

    private BaseUrl() {}

    /** The URL without a slash at its end. A text with an {@code @} is not shown when it is refused. */
    static URI parse(String field, String text) {
        if (text.indexOf('@') >= 0) {
            throw new Unfit(field, "a URL with a user", EXPECTED);
        }
        int end = text.length();
        while (end > 0 && text.charAt(end - 1) == '/') {
            end--;
        }
        try {
            return check(field, new URI(text.substring(0, end)));
        } catch (URISyntaxException malformed) {
            throw Unfit.shown(field, text, EXPECTED);
        }
    }

    static URI check(String field, URI url) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        String path = url.getRawPath() == null ? "" : url.getRawPath();
        if (url.getRawUserInfo() != null) {
            throw new Unfit(field, "a URL with a user", EXPECTED);
        }
        if (url.getRawQuery() != null) {
            throw new Unfit(field, "a URL with a query", EXPECTED); // it may hold a credential
        }
        if (!(scheme.equals("http") || scheme.equals("https"))
                || url.getHost() == null
                || url.getRawFragment() != null
                || url.getPort() == 0
                || url.getPort() > 65_535) {
            throw Unfit.shown(field, url.toString(), EXPECTED);
        }
        if (path.endsWith("/chat/completions") || path.endsWith("/messages") || path.endsWith("/responses")) {
            throw Unfit.shown(field, url.toString(), "the base URL, without the path of a request");
        }
        return url;
    }

    static boolean isLoopback(URI url) {
        String host = url.getHost();
        return ListenConfig.isLoopback(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
    }

    static boolean isPlain(URI url) {
        return "http".equalsIgnoreCase(url.getScheme());
    }
}
