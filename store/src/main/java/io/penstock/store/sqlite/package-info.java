/**
 * The store in one SQLite database: one writing thread, a few readers.
 *
 * <pre>
 *   event loops ──hold, finish──▶ RedoLog (mapped file) ─▶ told at once
 *                               └▶ WriteQueue ─▶ Writer (one thread) ─▶ Batch: one transaction ─▶ COMMIT
 *   admin, CLI  ──Keys.create, revoke──┘                                                        ─▶ told
 *   console     ──reads──▶ two read-only connections, after the queue is written
 * </pre>
 *
 * <p>Everything that is waiting joins one commit, so that the price of a commit is shared; {@link Writer} tells when it
 * wakes. Holds and ends are in the redo log, safe from the death of the process, before anything that depends on them
 * happens; the next start writes to the database what a kill kept from it. A hold without an end it then finds in
 * {@code open_hold}, and releases.
 */
@NullMarked
package io.penstock.store.sqlite;

import org.jspecify.annotations.NullMarked;
