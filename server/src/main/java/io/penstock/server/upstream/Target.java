package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.Protocol;
import io.penstock.provider.Endpoint;
import io.penstock.provider.Masks;
import io.penstock.provider.OfferProfiles;
import io.penstock.provider.Operation;
import io.penstock.provider.Provider;
import io.penstock.server.http.RequestHead;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A provider as it is reached in one protocol: address, paths, credentials, and how it does. Immutable but for its health;
 * safe from any thread.
 */
public final class Target {
    private final Provider provider;
    private final Protocol protocol;
    private final Address address;
    private final HeadTemplate head;
    private final OfferProfiles offers;
    private final List<Credential> credentials;
    private final int weights;
    private final Masks masks; // of all its credentials, whichever is shown
    private final CountSupport counts;
    private final Map<String, OfferHealth> healths = new ConcurrentHashMap<>(); // as many as there are offers

    /**
     * A credential as it is configured.
     *
     * @param text what the provider wants to see; empty for a server that asks for none. A secret
     * @param weight its share of the requests, at least 1
     * @param refusals of it, in whatever protocol
     */
    public record Key(String text, int weight, WarningPace refusals) {
        public Key(String text, int weight) {
            this(text, weight, new WarningPace());
        }

        @Override
        public String toString() {
            return "key of weight " + weight;
        }
    }

    /**
     * @param endpoint of that provider
     * @param address where the endpoint's host and port are
     * @param keys at least one
     * @param headers the owner's own, added to every request
     * @param userAgent how we name ourselves
     */
    public Target(
            Provider provider,
            Endpoint endpoint,
            Address address,
            List<Key> keys,
            Map<String, String> headers,
            String userAgent) {
        this.provider = provider;
        this.protocol = endpoint.protocol();
        this.address = address;
        this.head = new HeadTemplate(endpoint, address.authority(), headers, userAgent);
        this.offers = new OfferProfiles(provider);
        this.counts = new CountSupport(endpoint.countsTokens());
        List<Credential> made = new ArrayList<>();
        List<String> secrets = new ArrayList<>();
        headers.forEach((name, value) -> {
            if (Masks.secretHeader(name)) {
                secrets.add(value);
            }
        });
        int sum = 0;
        for (Key key : keys) {
            String line = key.text().isEmpty()
                    ? ""
                    : endpoint.auth().header() + ": " + endpoint.auth().value(key.text()) + "\r\n";
            made.add(new Credential(made.size(), key.weight(), key.refusals(), head.fixed() + line));
            secrets.add(key.text());
            sum += key.weight();
        }
        this.credentials = List.copyOf(made);
        this.weights = sum;
        this.masks = Masks.of(secrets);
    }

    /** Provider id, as configured. */
    public String provider() {
        return provider.id();
    }

    /** Provider name for people. */
    public String providerName() {
        return provider.displayName();
    }

    public Protocol protocol() {
        return protocol;
    }

    public Address address() {
        return address;
    }

    /** Whether that can be asked of it. */
    public boolean serves(Operation operation) {
        return head.has(operation);
    }

    /** What takes our credentials out of its words. */
    public Masks masks() {
        return masks;
    }

    /** Whether it counts tokens, as far as is known. */
    public CountSupport counts() {
        return counts;
    }

    /** On this machine: first byte and idle deadlines are twice as long. */
    public boolean local() {
        return provider.local();
    }

    /** Whether it takes OpenRouter's own request fields ({@code provider}, {@code models}, …). */
    public boolean takesOpenRouterFields() {
        return provider.takesOpenRouterFields();
    }

    /** How its offers are asked for. */
    public OfferProfiles offers() {
        return offers;
    }

    /** How an offered model does here; always the same object. */
    public OfferHealth health(String nativeId) {
        OfferHealth known = healths.get(nativeId);
        return known != null
                ? known
                : healths.computeIfAbsent(nativeId, offered -> new OfferHealth(credentials.size()));
    }

    /** Whether a model that does so here can be had now, as far as is known: reached, there, working, not refused. */
    public boolean available(OfferHealth health) {
        if (!address.health().good() || !health.good()) {
            return false;
        }
        for (int i = 0; i < credentials.size(); i++) {
            if (takes(health, credentials.get(i))) {
                return true;
            }
        }
        return false;
    }

    private static boolean takes(OfferHealth health, Credential credential) {
        return credential.usable() && health.takes(credential);
    }

    /**
     * Writes the head of a request to this target: its line, our lines, the credential's, and those of the client's that may
     * travel on.
     *
     * @param operation one that it serves
     * @param beta whether the client's target had {@code ?beta=true}
     * @param bodyBytes length of the body that follows
     */
    public void writeHead(
            ByteBuf out,
            Credential credential,
            Operation operation,
            boolean beta,
            RequestHead client,
            ByteBuf clientBytes,
            int bodyBytes) {
        head.begin(out, operation, beta);
        out.writeBytes(credential.headLines());
        head.end(out, client, clientBytes, bodyBytes);
    }

    /** A credential by weight, among those that the provider takes for this model; if it refuses all, among all. */
    public Credential credential(OfferHealth health) {
        if (credentials.size() == 1) {
            return credentials.get(0);
        }
        int start = ThreadLocalRandom.current().nextInt(weights);
        int first = 0;
        while (start >= credentials.get(first).weight()) {
            start -= credentials.get(first++).weight();
        }
        for (int i = 0; i < credentials.size(); i++) {
            Credential candidate = credentials.get((first + i) % credentials.size());
            if (takes(health, candidate)) {
                return candidate;
            }
        }
        return credentials.get(first);
    }
}
