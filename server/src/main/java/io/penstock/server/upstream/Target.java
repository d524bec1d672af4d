package io.penstock.server.upstream;

import io.penstock.protocol.Protocol;
import io.penstock.server.http.Bytes;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A provider as it is reached in one protocol: address, paths, credentials. Immutable but for the health it carries; safe
 * from any thread.
 */
public final class Target {
    private final String provider;
    private final String providerName;
    private final Protocol protocol;
    private final Address address;
    private final byte[] requestLine;
    private final byte[] countTokensLine;
    private final boolean countsTokens;
    private final boolean local;
    private final boolean appHeaders;
    private final boolean openrouterFields;
    private final List<Credential> credentials;
    private final int weights;
    private final Health health = new Health();

    Target(
            String provider,
            String providerName,
            Protocol protocol,
            Address address,
            String path,
            String countTokensPath,
            boolean local,
            boolean openrouter,
            List<Credential> credentials) {
        this.provider = provider;
        this.providerName = providerName;
        this.protocol = protocol;
        this.address = address;
        this.requestLine = Bytes.ascii("POST " + path);
        this.countTokensLine = Bytes.ascii("POST " + countTokensPath);
        this.countsTokens = !countTokensPath.isEmpty();
        this.local = local;
        this.appHeaders = openrouter;
        this.openrouterFields = openrouter;
        this.credentials = List.copyOf(credentials);
        int sum = 0;
        for (Credential credential : credentials) {
            sum += credential.weight();
        }
        this.weights = sum;
    }

    /** Provider id, as configured. */
    public String provider() {
        return provider;
    }

    /** Provider name for people. */
    public String providerName() {
        return providerName;
    }

    public Protocol protocol() {
        return protocol;
    }

    public Address address() {
        return address;
    }

    /** Whether it counts tokens itself ({@code …/messages/count_tokens}). */
    public boolean countsTokens() {
        return countsTokens;
    }

    /** On this machine: first byte and idle deadlines are twice as long. */
    public boolean local() {
        return local;
    }

    /** Whether it takes {@code HTTP-Referer} and {@code X-Title}. */
    public boolean takesAppHeaders() {
        return appHeaders;
    }

    /** Whether it takes OpenRouter's own request fields ({@code provider}, {@code models}, …). */
    public boolean takesOpenRouterFields() {
        return openrouterFields;
    }

    public Health health() {
        return health;
    }

    byte[] line(boolean countTokens) {
        return countTokens ? countTokensLine : requestLine;
    }

    /** A credential by weight, among those the provider does not refuse; if it refuses all, among all. */
    public Credential credential() {
        if (credentials.size() == 1) {
            return credentials.get(0);
        }
        long now = System.nanoTime();
        int start = ThreadLocalRandom.current().nextInt(weights);
        int first = 0;
        while (start >= credentials.get(first).weight()) {
            start -= credentials.get(first++).weight();
        }
        for (int i = 0; i < credentials.size(); i++) {
            Credential candidate = credentials.get((first + i) % credentials.size());
            if (candidate.usable(now)) {
                return candidate;
            }
        }
        return credentials.get(first);
    }
}
