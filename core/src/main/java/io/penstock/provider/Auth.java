package io.penstock.provider;

/** How a credential is shown to a provider. */
public enum Auth {
    /** {@code authorization: Bearer …}. */
    BEARER("authorization", "Bearer "),
    /** {@code x-api-key: …}. */
    X_API_KEY("x-api-key", "");

    private final String header;
    private final String scheme;

    Auth(String header, String scheme) {
        this.header = header;
        this.scheme = scheme;
    }

    /** The header's name, in lower case. */
    public String header() {
        return header;
    }

    /** The header's value for that credential. */
    public String value(String credential) {
        return scheme + credential;
    }
}
