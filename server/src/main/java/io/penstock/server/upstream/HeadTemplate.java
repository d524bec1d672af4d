package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.Protocol;
import io.penstock.provider.Endpoint;
import io.penstock.provider.Operation;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The head of every request to an endpoint, as far as it is the same for all: its lines are made once and copied. Immutable;
 * safe from any thread. Allocates nothing for a request.
 */
final class HeadTemplate {
    private static final byte[] BETA = Bytes.ascii("?beta=true");
    private static final byte[] LENGTH = Bytes.ascii("Content-Length: ");
    private static final byte[] END = Bytes.ascii("\r\n\r\n");
    private static final byte[] CRLF = Bytes.ascii("\r\n");
    private static final byte[] NOTHING = {};

    private final Map<Operation, byte[]> requestLines = new EnumMap<>(Operation.class); // filled at the start alone
    private final Header[] passed; // of the client's
    private final byte[][] passedNames;
    private final byte[][] unlessPassed;
    private final String fixed;

    /**
     * @param authority the endpoint's host and port, as {@code Host} has them
     * @param headers the owner's own, added to every request
     * @param userAgent how we name ourselves
     */
    HeadTemplate(Endpoint endpoint, String authority, Map<String, String> headers, String userAgent) {
        for (Operation operation : endpoint.operations()) {
            requestLines.put(operation, Bytes.ascii("POST " + endpoint.target(operation)));
        }
        if (endpoint.protocol() == Protocol.ANTHROPIC) { // documented or not: see CountSupport
            requestLines.put(Operation.COUNT_TOKENS, Bytes.ascii("POST " + endpoint.target(Operation.COUNT_TOKENS)));
        }
        List<Header> known = new ArrayList<>();
        for (Header header : Header.values()) {
            if (endpoint.clientHeaders().contains(header.wireName())) {
                known.add(header);
            }
        }
        this.passed = known.toArray(Header[]::new);
        this.passedNames = new byte[passed.length][];
        this.unlessPassed = new byte[passed.length][];
        for (int i = 0; i < passed.length; i++) {
            passedNames[i] = Bytes.ascii(passed[i].wireName() + ": ");
            unlessPassed[i] = NOTHING;
        }
        StringBuilder lines = new StringBuilder(" HTTP/1.1\r\nHost: ").append(authority);
        lines.append("\r\nUser-Agent: ").append(userAgent);
        lines.append("\r\nAccept: */*\r\nAccept-Encoding: identity\r\nContent-Type: application/json\r\n");
        endpoint.headers().forEach((name, value) -> {
            int i = indexOf(name);
            if (i >= 0) {
                unlessPassed[i] = Bytes.ascii(name + ": " + value + "\r\n");
            } else if (!named(headers, name)) {
                lines.append(name).append(": ").append(value).append("\r\n");
            }
        });
        headers.forEach(
                (name, value) -> lines.append(name).append(": ").append(value).append("\r\n"));
        this.fixed = lines.toString();
    }

    private int indexOf(String name) {
        for (int i = 0; i < passed.length; i++) {
            if (passed[i].wireName().equalsIgnoreCase(name)) {
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

    /** What stands behind the path whoever asks, without the credential's line. A secret, if the owner's headers are. */
    String fixed() {
        return fixed;
    }

    /** Whether the endpoint has that operation. */
    boolean has(Operation operation) {
        return requestLines.containsKey(operation);
    }

    /** Writes method and target; {@link #fixed} follows. */
    void begin(ByteBuf out, Operation operation, boolean beta) {
        byte[] line = requestLines.get(operation);
        if (line == null) {
            throw new IllegalArgumentException("no " + operation + " at this endpoint");
        }
        out.writeBytes(line);
        if (beta) {
            out.writeBytes(BETA);
        }
    }

    /** Writes the client's own lines that travel on, or what is said in their place, and the length. */
    void end(ByteBuf out, RequestHead client, ByteBuf clientBytes, int bodyBytes) {
        for (int i = 0; i < passed.length; i++) {
            if (client.has(passed[i])) {
                out.writeBytes(passedNames[i]);
                client.writeValue(passed[i], clientBytes, out);
                out.writeBytes(CRLF);
            } else {
                out.writeBytes(unlessPassed[i]);
            }
        }
        out.writeBytes(LENGTH);
        Bytes.writeDecimal(out, bodyBytes);
        out.writeBytes(END);
    }
}
