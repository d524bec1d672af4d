package io.penstock.server.upstream;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.penstock.provider.Endpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Makes one {@link Address} for each host and port, so that connections are shared by all that is reached there; knows the
 * proxy that the environment names ({@code HTTPS_PROXY}, {@code NO_PROXY}, in either case).
 *
 * <p>Certificates are checked against the JDK's trust store, and host names against certificates; a custom authority is added
 * with {@code -Djavax.net.ssl.trustStore}. TLS sessions are resumed per host and port by the JDK's own cache. Not thread-safe.
 */
public final class Addresses {
    private final Map<String, String> environment;
    private final Map<String, Address> made = new HashMap<>();
    private @Nullable SslContext tls;

    public Addresses(Map<String, String> environment) {
        this.environment = environment;
    }

    /** The address of an endpoint. Throws {@link IllegalArgumentException} if the environment names a proxy that is none. */
    public Address of(Endpoint endpoint) {
        boolean secure = endpoint.tls();
        String name = (secure ? "https " : "http ") + endpoint.host() + " " + endpoint.port();
        Address known = made.get(name);
        if (known != null) {
            return known;
        }
        Address.Proxy proxy = endpoint.loopback() || !secure ? null : proxy(endpoint.host());
        Address address = new Address(endpoint.host(), endpoint.port(), secure ? tls() : null, proxy);
        made.put(name, address);
        return address;
    }

    private SslContext tls() {
        SslContext context = tls;
        if (context == null) {
            try {
                context = SslContextBuilder.forClient()
                        .endpointIdentificationAlgorithm("HTTPS")
                        .build();
            } catch (SSLException e) {
                throw new IllegalStateException("no TLS in this JDK: " + e.getMessage(), e);
            }
            tls = context;
        }
        return context;
    }

    private Address.@Nullable Proxy proxy(String host) {
        String url = variable("HTTPS_PROXY");
        if (url.isEmpty() || exempt(host)) {
            return null;
        }
        URI uri = uri(url.contains("://") ? url : "http://" + url);
        if (uri == null || uri.getHost() == null || !"http".equalsIgnoreCase(uri.getScheme())) {
            throw new IllegalArgumentException("HTTPS_PROXY: expected http://host:port");
        }
        String user = uri.getUserInfo();
        String authorization = user == null
                ? null
                : "Basic " + Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8));
        return new Address.Proxy(uri.getHost(), uri.getPort() < 0 ? 80 : uri.getPort(), authorization);
    }

    /** Null for what is none: the exception would show it, and a password may stand in it. */
    private static @Nullable URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException shows) {
            return null;
        }
    }

    private boolean exempt(String host) {
        for (String entry : variable("NO_PROXY").split(",", -1)) {
            String name = entry.strip().toLowerCase(Locale.ROOT);
            name = name.startsWith(".") ? name.substring(1) : name;
            String lower = host.toLowerCase(Locale.ROOT);
            if (name.equals("*") || !name.isEmpty() && (lower.equals(name) || lower.endsWith("." + name))) {
                return true;
            }
        }
        return false;
    }

    private String variable(String name) {
        String value = environment.get(name);
        value = value == null ? environment.get(name.toLowerCase(Locale.ROOT)) : value;
        return value == null ? "" : value.strip();
    }
}
