package io.penstock.server;

/** The version that the jar's manifest tells. */
final class Version {
    private Version() {}

    static String text() {
        String told = Version.class.getPackage().getImplementationVersion();
        return told == null ? "dev" : told;
    }
}
