package io.penstock.store;

/** Which faults a committed charge survives. Keys, revocations and other admin writes survive both, always. */
public enum Durability {
    /** The death of the process at any instant. A power cut may take the charges since the last checkpoint. */
    PROCESS,
    /** A power cut too: one fsync per commit. */
    POWER
}
