package io.penstock.protocol.translate;

/**
 * Which response the events of a stream tell of: the same in all of them, for clients compare.
 *
 * @param createdSeconds Unix time
 * @param model as the answer names it
 * @param echo what it repeats of its request
 */
public record ResponseIdentity(String id, long createdSeconds, String model, ResponseEcho echo) {}
