package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.protocol.JsonText;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.WireProfile;
import io.penstock.provider.Endpoint;
import io.penstock.provider.Masks;
import io.penstock.provider.Operation;
import io.penstock.provider.Provider;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A provider as it is reached in one protocol: address, paths, credentials, and how it does. Immutable but for its health;
 * safe from any thread.
 */
public final class Target {
    private static final byte[] BETA = Bytes.ascii("?beta=true");
    private static final byte[] LENGTH = Bytes.ascii("Content-Length: ");
    private static final byte[] END = Bytes.ascii("\r\n\r\n");
    private static final byte[] CRLF = Bytes.ascii("\r\n");
    private static final byte[] NOTHING = {};

    private final Provider provider;
    private final Protocol protocol;
    private final Address address;
    private final Map<Operation, byte[]> requestLines = new EnumMap<>(Operation.class); // filled at the start alone
    private final Header[] passedHeaders;
    private final byte[][] passedNames;
    private final byte[][] unlessPassed;
    private final List<Credential> credentials;
    private final int weights;
    private final Masks masks; // of all its credentials, whichever is shown
    private final CountSupport counts;
    private final Map<String, OfferHealth> healths = new ConcurrentHashMap<>(); // as many as there are offers
    private final Map<String, Known> recipients = new ConcurrentHashMap<>(); // as many as there are offers
    private final Map<String, byte[]> quoted = new ConcurrentHashMap<>(); // as many as there are offers

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
        for (Operation operation : endpoint.operations()) {
            requestLines.put(operation, Bytes.ascii("POST " + endpoint.target(operation)));
        }
        if (protocol == Protocol.ANTHROPIC) { // documented or not: see CountSupport
            requestLines.put(Operation.COUNT_TOKENS, Bytes.ascii("POST " + endpoint.target(Operation.COUNT_TOKENS)));
        }
        this.counts = new CountSupport(endpoint.countsTokens());
        List<Header> passed = new ArrayList<>();
        for (Header header : Header.values()) {
            if (endpoint.clientHeaders().contains(header.wireName())) {
                passed.add(header);
            }
        }
        this.passedHeaders = passed.toArray(Header[]::new);
        this.passedNames = new byte[passedHeaders.length][];
        this.unlessPassed = new byte[passedHeaders.length][];
        StringBuilder fixed = new StringBuilder(" HTTP/1.1\r\nHost: ").append(address.authority());
        fixed.append("\r\nUser-Agent: ").append(userAgent);
        fixed.append("\r\nAccept: */*\r\nAccept-Encoding: identity\r\nContent-Type: application/json\r\n");
        for (Map.Entry<String, String> header : endpoint.headers().entrySet()) {
            int i = indexOf(passed, header.getKey());
            if (i >= 0) {
                unlessPassed[i] = Bytes.ascii(header.getKey() + ": " + header.getValue() + "\r\n");
            } else if (!named(headers, header.getKey())) {
                fixed.append(header.getKey())
                        .append(": ")
                        .append(header.getValue())
                        .append("\r\n");
            }
        }
        headers.forEach(
                (name, value) -> fixed.append(name).append(": ").append(value).append("\r\n"));
        for (int i = 0; i < passedHeaders.length; i++) {
            passedNames[i] = Bytes.ascii(passedHeaders[i].wireName() + ": ");
            unlessPassed[i] = unlessPassed[i] == null ? NOTHING : unlessPassed[i];
        }
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
            made.add(new Credential(made.size(), key.weight(), key.refusals(), fixed + line));
            secrets.add(key.text());
            sum += key.weight();
        }
        this.credentials = List.copyOf(made);
        this.weights = sum;
        this.masks = Masks.of(secrets);
    }

    private static int indexOf(List<Header> headers, String name) {
        for (int i = 0; i < headers.size(); i++) {
            if (headers.get(i).wireName().equalsIgnoreCase(name)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean named(Map<String, String> headers, String name) {
        for (String header : headers.keySet()) {
            if (header.toLowerCase(Locale.ROOT).equals(name)) {
                return true;
            }
        }
        return false;
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
        return requestLines.containsKey(operation);
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

    /** The provider's own name of an offered model as a JSON string, made once. Not to be changed. */
    public byte[] quoted(String nativeId) {
        byte[] json = quoted.get(nativeId);
        if (json == null) {
            json = JsonText.quote(new StringBuilder(), nativeId).toString().getBytes(StandardCharsets.UTF_8);
            quoted.put(nativeId, json);
        }
        return json;
    }

    /** Who an offer of this provider's is written for; made once for each. */
    @SuppressWarnings("ReferenceEquality") // the same object, or it is made anew
    public WireProfile recipient(Model model, Offer offer) {
        Known known = recipients.get(offer.nativeId());
        if (known == null || known.model() != model) {
            known = new Known(model, provider.profile(model, offer));
            recipients.put(offer.nativeId(), known);
        }
        return known.recipient();
    }

    private record Known(Model model, WireProfile recipient) {}

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
        byte[] line = requestLines.get(operation);
        if (line == null) {
            throw new IllegalArgumentException(provider.id() + " does not serve " + operation);
        }
        out.writeBytes(line);
        if (beta) {
            out.writeBytes(BETA);
        }
        out.writeBytes(credential.headLines());
        for (int i = 0; i < passedHeaders.length; i++) {
            if (client.has(passedHeaders[i])) {
                out.writeBytes(passedNames[i]);
                client.writeValue(passedHeaders[i], clientBytes, out);
                out.writeBytes(CRLF);
            } else {
                out.writeBytes(unlessPassed[i]);
            }
        }
        out.writeBytes(LENGTH);
        Bytes.writeDecimal(out, bodyBytes);
        out.writeBytes(END);
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
