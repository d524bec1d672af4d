package io.penstock.server.config;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Where to listen. {@code host} is a name or an address, an IPv6 address without brackets; {@code port} 0 means any free
 * one.
 */
public record ListenConfig(String host, int port) {
    public static final ListenConfig DEFAULT = new ListenConfig("127.0.0.1", 4680);

    private static final String EXPECTED = "host:port such as 127.0.0.1:4680, [::1]:4680 or 4680";

    public ListenConfig {
        if (port < 0 || port > 65_535) {
            throw new Unfit("port", Integer.toString(port), "0 to 65535");
        }
        if (!isHost(host)) {
            throw Unfit.shown("host", host, "a host name or an address");
        }
    }

    /** Reads {@code host:port}, {@code [IPv6]:port} or a bare port on 127.0.0.1. Never asks a name server. */
    public static ListenConfig parse(String text) {
        return parse("", text);
    }

    static ListenConfig parse(String field, String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        String host = colon < 0 ? DEFAULT.host : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
            if (host.indexOf(':') < 0) {
                throw Unfit.shown(field, text, EXPECTED);
            }
        } else if (host.indexOf(':') >= 0) {
            throw Unfit.shown(field, text, EXPECTED);
        }
        if (!isHost(host) || port.isEmpty() || port.length() > 5) {
            throw Unfit.shown(field, text, EXPECTED);
        }
        int number = 0;
        for (int i = 0; i < port.length(); i++) {
            int digit = port.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw Unfit.shown(field, text, EXPECTED);
            }
            number = number * 10 + digit;
        }
        if (number > 65_535) {
            throw Unfit.shown(field, text, EXPECTED);
        }
        return new ListenConfig(host, number);
    }

    /** Whether only programs of this machine can connect. A name other than {@code localhost} is taken to be public. */
    public boolean isLoopback() {
        return isLoopback(host);
    }

    /** {@code host:port}, with brackets around an IPv6 address. */
    @Override
    public String toString() {
        return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }

    static boolean isLoopback(String host) {
        if (host.equalsIgnoreCase("localhost")) {
            return true;
        }
        if (host.indexOf(':') < 0) {
            return host.startsWith("127.") && isIpv4(host);
        }
        try {
            return InetAddress.getByName("[" + host + "]").isLoopbackAddress();
        } catch (UnknownHostException malformed) {
            return false;
        }
    }

    static boolean isHost(String host) {
        if (host.indexOf(':') >= 0) {
            try {
                return host.indexOf('[') < 0
                        && !InetAddress.getByName("[" + host + "]")
                                .getHostAddress()
                                .isEmpty(); // brackets: no look-up
            } catch (UnknownHostException malformed) {
                return false;
            }
        }
        boolean letters = false;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
            letters |= letter;
            if (!letter && !(c >= '0' && c <= '9') && c != '.' && (c != '-' || i == 0) && c != '_') {
                return false;
            }
        }
        return letters ? host.length() <= 253 : isIpv4(host);
    }

    /** Four numbers up to 255: the short forms of old, such as {@code 127.1}, are not addresses here. */
    private static boolean isIpv4(String host) {
        int parts = 1;
        int number = -1;
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (c == '.') {
                if (number < 0) {
                    return false;
                }
                number = -1;
                parts++;
            } else if (c >= '0' && c <= '9' && number != 0) {
                number = Math.max(number, 0) * 10 + c - '0';
                if (number > 255) {
                    return false;
                }
            } else {
                return false;
            }
        }
        return parts == 4 && number >= 0;
    }
}
