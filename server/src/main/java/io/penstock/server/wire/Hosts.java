package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The names under which this gateway may be addressed, checked on every path against a page in the user's browser that
 * reaches loopback by DNS rebinding or a cross-site request (RELIABILITY 1 T1, 3.6). Immutable; safe from any thread.
 */
public final class Hosts {
    private static final byte[][] LOOPBACK = {Bytes.ascii("127.0.0.1"), Bytes.ascii("localhost"), Bytes.ascii("[::1]")};
    private static final byte[] HTTP = Bytes.ascii("http://");
    private static final byte[] HTTPS = Bytes.ascii("https://");
    /** What a page without an origin sends: that of a desktop application, and any sandboxed frame or local file. */
    private static final byte[][] NOWHERE = {Bytes.ascii("null"), Bytes.ascii("app://"), Bytes.ascii("file://")};

    /** Where a request says that it comes from. */
    public enum Origin {
        /** It says nothing, or names us. */
        OWN,
        /** Some page, perhaps a desktop application's: nobody but its key can tell. */
        NOWHERE,
        /** A page of another site. */
        FOREIGN
    }

    private final byte[][] names; // lower case, without port
    private final boolean any;

    /**
     * @param configured names besides the loopback ones, an IPv6 address in brackets
     * @param any true when bound to an address that other machines reach: their names for us cannot be known
     */
    public Hosts(Collection<String> configured, boolean any) {
        Set<String> all = new LinkedHashSet<>();
        for (byte[] name : LOOPBACK) {
            all.add(new String(name, java.nio.charset.StandardCharsets.US_ASCII));
        }
        for (String name : configured) {
            all.add(name.toLowerCase(Locale.ROOT));
        }
        this.names = all.stream().map(Bytes::ascii).toArray(byte[][]::new);
        this.any = any;
    }

    /** Whether the request's Host is one of ours, and its target's too if that names one. */
    public boolean hostAllowed(RequestHead head, ByteBuf in) {
        if (any) {
            return head.has(Header.HOST) || head.http10();
        }
        if (head.absolute() && !ours(in, head.hostStart(), head.hostEnd())) {
            return false;
        }
        return head.has(Header.HOST) ? ours(in, head.start(Header.HOST), head.end(Header.HOST)) : head.http10();
    }

    public Origin origin(RequestHead head, ByteBuf in) {
        if (!head.has(Header.ORIGIN)) {
            return Origin.OWN;
        }
        int from = head.start(Header.ORIGIN);
        int to = head.end(Header.ORIGIN);
        if (Bytes.equals(in, from, to, NOWHERE[0])
                || Bytes.startsWithAnyCase(in, from, to, NOWHERE[1])
                || Bytes.startsWithAnyCase(in, from, to, NOWHERE[2])) {
            return Origin.NOWHERE;
        }
        int host = Bytes.startsWithAnyCase(in, from, to, HTTP)
                ? from + HTTP.length
                : Bytes.startsWithAnyCase(in, from, to, HTTPS) ? from + HTTPS.length : -1;
        if (host < 0) {
            return Origin.FOREIGN;
        }
        // Same site: the very Host of this request, port included. Another port on loopback is another origin.
        int length = head.hostEnd() - head.hostStart();
        if (length != to - host || !(any || ours(in, host, to))) {
            return Origin.FOREIGN;
        }
        for (int i = 0; i < length; i++) {
            if (Character.toLowerCase(in.getByte(host + i))
                    != Character.toLowerCase(in.getByte(head.hostStart() + i))) {
                return Origin.FOREIGN;
            }
        }
        return Origin.OWN;
    }

    private boolean ours(ByteBuf in, int from, int to) {
        int end = to;
        int colon = to - 1; // the port, if any
        while (colon > from && Bytes.isDigit(in.getByte(colon))) {
            colon--;
        }
        if (colon > from && in.getByte(colon) == ':') {
            end = colon;
        }
        for (byte[] name : names) {
            if (Bytes.equalsAnyCase(in, from, end, name)) {
                return true;
            }
        }
        return false;
    }
}
