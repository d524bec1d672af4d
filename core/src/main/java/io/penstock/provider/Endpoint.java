package io.penstock.provider;

import io.penstock.protocol.Protocol;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Where a provider speaks one protocol, and how to address it.
 *
 * @param protocol the protocol spoken
 * @param baseUrl absolute, http or https, without a slash at the end, a query, a fragment or a user
 * @param auth how the credential is shown
 * @param headers sent with every request, names in lower case; one that the client also sent, and that may travel, gives
 *     way to the client's
 * @param clientHeaders the client's own headers that travel on, names in lower case; all others stay here
 * @param operations what is known to be served there; {@link Operation#COUNT_TOKENS} is asked of all that speak messages,
 *     and where it is among these a refusal of a request is believed
 */
public record Endpoint(
        Protocol protocol,
        String baseUrl,
        Auth auth,
        Map<String, String> headers,
        Set<String> clientHeaders,
        Set<Operation> operations) {

    private static final Set<Operation> USUAL = Set.of(Operation.GENERATE, Operation.MODELS);
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;

    public Endpoint {
        baseUrl = withoutSlash(baseUrl);
        check(baseUrl);
        headers = Map.copyOf(headers);
        clientHeaders = Set.copyOf(clientHeaders);
        operations = Set.copyOf(operations);
    }

    /** An endpoint as that protocol's own vendor would have it: its credential header and its usual headers. */
    public static Endpoint of(Protocol protocol, String baseUrl) {
        return switch (protocol) {
            case OPENAI ->
                new Endpoint(
                        protocol,
                        baseUrl,
                        Auth.BEARER,
                        Map.of(),
                        Set.of(),
                        EnumSet.of(Operation.GENERATE, Operation.MODELS, Operation.EMBEDDINGS, Operation.COMPLETIONS));
            case RESPONSES -> new Endpoint(protocol, baseUrl, Auth.BEARER, Map.of(), Set.of(), USUAL);
            case ANTHROPIC ->
                new Endpoint(
                        protocol,
                        baseUrl,
                        Auth.X_API_KEY,
                        Map.of("anthropic-version", "2023-06-01"),
                        Set.of("anthropic-version", "anthropic-beta"),
                        USUAL);
        };
    }

    /** As {@link #openai}, of a vendor that does not serve the older completions, or not with these models. */
    static Endpoint chat(String baseUrl) {
        return openai(baseUrl).withoutCompletions();
    }

    static Endpoint openai(String baseUrl) {
        return of(Protocol.OPENAI, baseUrl);
    }

    static Endpoint responses(String baseUrl) {
        return of(Protocol.RESPONSES, baseUrl);
    }

    /** Anthropic's protocol of another vendor, which is shown its credential as most are. */
    static Endpoint bearerMessages(String baseUrl) {
        return of(Protocol.ANTHROPIC, baseUrl).with(Auth.BEARER);
    }

    /** What the model servers of this machine speak: chat and messages; a credential is optional, as a Bearer. */
    static Endpoint[] local(int port) {
        String base = "http://127.0.0.1:" + port;
        return new Endpoint[] {openai(base + "/v1"), bearerMessages(base)};
    }

    /** The same endpoint at another address. */
    public Endpoint at(String otherBaseUrl) {
        return new Endpoint(protocol, otherBaseUrl, auth, headers, clientHeaders, operations);
    }

    /** The same endpoint with another way to show the credential. */
    public Endpoint with(Auth otherAuth) {
        return new Endpoint(protocol, baseUrl, otherAuth, headers, clientHeaders, operations);
    }

    /** The same endpoint, letting these headers of the client pass and no others; names in lower case. */
    public Endpoint passing(Set<String> names) {
        return new Endpoint(protocol, baseUrl, auth, headers, names, operations);
    }

    /** The same endpoint, letting these headers of the client pass beside those it passes; names in lower case. */
    public Endpoint passingAlso(Set<String> names) {
        Set<String> more = new HashSet<>(clientHeaders);
        more.addAll(names);
        return passing(more);
    }

    /** The same endpoint, which is documented to count tokens itself. */
    public Endpoint countingTokens() {
        Set<Operation> more = EnumSet.copyOf(operations);
        more.add(Operation.COUNT_TOKENS);
        return new Endpoint(protocol, baseUrl, auth, headers, clientHeaders, more);
    }

    /** The same endpoint, which does not serve OpenAI's older completions. */
    public Endpoint withoutCompletions() {
        Set<Operation> fewer = EnumSet.copyOf(operations);
        fewer.remove(Operation.COMPLETIONS);
        return new Endpoint(protocol, baseUrl, auth, headers, clientHeaders, fewer);
    }

    /** Whether that can be asked there. */
    public boolean serves(Operation operation) {
        return operations.contains(operation);
    }

    /** Whether {@link Operation#COUNT_TOKENS} is documented to be served. */
    public boolean countsTokens() {
        return serves(Operation.COUNT_TOKENS);
    }

    /** The full address of an operation. */
    public String url(Operation operation) {
        return baseUrl + operation.path(protocol);
    }

    /** The request target of an operation, as it stands in the request line. */
    public String target(Operation operation) {
        return URI.create(baseUrl).getRawPath() + operation.path(protocol);
    }

    /** The host's name or address, an IPv6 one without brackets. */
    public String host() {
        String host = URI.create(baseUrl).getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** The port, also when the URL leaves it to the scheme. */
    public int port() {
        int port = URI.create(baseUrl).getPort();
        return port >= 0 ? port : tls() ? HTTPS_PORT : HTTP_PORT;
    }

    /** Whether the connection is encrypted. */
    public boolean tls() {
        return baseUrl.regionMatches(true, 0, "https:", 0, "https:".length());
    }

    /** Whether the URL names this machine: a loopback address or {@code localhost}. Looks nothing up. */
    public boolean loopback() {
        String host = host().toLowerCase(Locale.ROOT);
        return host.equals("localhost") || host.equals("::1") || host.matches("127(\\.\\d{1,3}){3}");
    }

    private static String withoutSlash(String url) {
        int end = url.length();
        while (end > 0 && url.charAt(end - 1) == '/') {
            end--;
        }
        return url.substring(0, end);
    }

    private static void check(String url) {
        try {
            URI uri = new URI(url);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            if ((scheme.equals("http") || scheme.equals("https"))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null) {
                return;
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("base URL: " + url + " (expected: http(s)://host[:port][/path])", e);
        }
        throw new IllegalArgumentException("base URL: " + url + " (expected: http(s)://host[:port][/path])");
    }
}
