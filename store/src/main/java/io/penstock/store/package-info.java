/**
 * What Penstock remembers, as everybody else sees it: interfaces and values. No SQL, no file, no thread stands here.
 *
 * <pre>
 *                    ┌ Ledger    money: reserve before an exchange, settle after it, what was spent
 *   Store, opened  ──┼ Keys      what clients show us
 *                    ├ Requests  one row per exchange
 *                    └ Settings  a few values of the store itself
 *        ▲
 *   store.sqlite     one file and one writing thread, or in memory: all the SQL there is
 *   store.disk       the data directory: locks and the master key, for every kind of store
 * </pre>
 *
 * <p>Only who starts a gateway knows which store it is; a contract test for each of the four (LedgerContract,
 * KeysContract, RequestsContract, SettingsContract) tells what another one must keep to.
 */
@NullMarked
package io.penstock.store;

import org.jspecify.annotations.NullMarked;
