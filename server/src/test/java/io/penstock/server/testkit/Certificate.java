package io.penstock.server.testkit;

import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import javax.net.ssl.SSLContext;

/** A certificate for {@code localhost} and {@code models.test} that signs itself: only who is told to trusts it. */
public final class Certificate {
    private Certificate() {}

    static SSLContext server() throws IOException {
        try (InputStream certificate = resource("localhost.pem");
                InputStream key = resource("localhost-key.pem")) {
            return ((JdkSslContext) SslContextBuilder.forServer(certificate, key)
                            .sslProvider(SslProvider.JDK)
                            .build())
                    .context();
        }
    }

    /** For a client that trusts it. */
    public static SslContext trusting() {
        try (InputStream certificate = resource("localhost.pem")) {
            return SslContextBuilder.forClient()
                    .trustManager(certificate)
                    .endpointIdentificationAlgorithm("HTTPS")
                    .build();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static InputStream resource(String name) {
        return Objects.requireNonNull(Certificate.class.getResourceAsStream("/tls/" + name), name);
    }
}
