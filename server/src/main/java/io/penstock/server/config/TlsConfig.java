package io.penstock.server.config;

import java.nio.file.Path;

/** The certificate chain and its private key, both in PEM files, for clients that insist on https. */
public record TlsConfig(Path certificate, Path key) {}
