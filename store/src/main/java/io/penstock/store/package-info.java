/**
 * What Penstock remembers, on disk: one SQLite database, one writing thread, a few readers.
 *
 * <pre>
 *   event loops ──hold, finish, log──▶ lock-free queue ─▶ Writer (one thread) ─▶ Batch: one transaction ─▶ COMMIT
 *   admin, CLI ──Keys.create, revoke──────────┘                                                        ─▶ Committed
 *   console    ──repositories──▶ two read-only connections
 * </pre>
 *
 * <p>Everything that is waiting joins one commit, so that the price of a commit is shared; {@link Writer} tells when it
 * wakes. A hold is on disk within some 20 ms and nobody waits for it; the end of an exchange is on disk before its last
 * byte leaves. What a kill leaves behind is a row in {@code open_hold}, which the next start releases.
 *
 * <p>{@code db} opens and checks the file; {@code ledger}, {@code requestlog} and {@code key} know their tables.
 */
@NullMarked
package io.penstock.store;

import org.jspecify.annotations.NullMarked;
