package io.penstock.server.upstream;

import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/**
 * One network address of a provider: connections are pooled by it. Equality is identity: an upstream set makes one for each
 * distinct scheme, host and port. Immutable but for its health; safe from any thread.
 *
 * @param host name or IP literal, without brackets
 * @param port 1 to 65535
 * @param tls null for plain HTTP
 * @param proxy where {@code CONNECT} goes first, null for a direct connection
 * @param health whether connections to it can be made
 */
public record Address(
        String host,
        int port,
        @Nullable SslContext tls,
        @Nullable Proxy proxy,
        Health health) {

    /** An address of which nothing is known yet. */
    public Address(String host, int port, @Nullable SslContext tls, @Nullable Proxy proxy) {
        this(host, port, tls, proxy, new Health());
    }

    /**
     * An HTTP proxy.
     *
     * @param authorization the value of {@code Proxy-Authorization}, null for none; a secret
     */
    public record Proxy(String host, int port, @Nullable String authorization) {
        @Override
        public String toString() {
            return host + ":" + port;
        }
    }

    /** As it stands in {@code Host}: without the port where the scheme implies it. */
    public String authority() {
        String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        return port == (tls == null ? 80 : 443) ? name : name + ":" + port;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
