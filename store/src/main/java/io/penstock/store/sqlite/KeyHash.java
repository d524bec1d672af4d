package io.penstock.store.sqlite;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** {@code HMAC-SHA-256(pepper, text)} as a value: 32 bytes in four longs. */
record KeyHash(long a, long b, long c, long d) {
    private static final String ALGORITHM = "HmacSHA256";

    static KeyHash of(byte[] hash) {
        ByteBuffer longs = ByteBuffer.wrap(hash);
        return new KeyHash(longs.getLong(), longs.getLong(), longs.getLong(), longs.getLong());
    }

    byte[] bytes() {
        return ByteBuffer.allocate(32)
                .putLong(a)
                .putLong(b)
                .putLong(c)
                .putLong(d)
                .array();
    }

    static Mac mac(byte[] pepper) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(pepper, ALGORITHM));
            return mac;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + " is part of every Java platform", e);
        }
    }

    /** Tells one pepper from another without telling it. */
    static String fingerprint(Mac mac) {
        return HexFormat.of()
                .formatHex(mac.doFinal("penstock: which pepper is this".getBytes(StandardCharsets.US_ASCII)));
    }
}
