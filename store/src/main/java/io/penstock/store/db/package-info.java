/**
 * The SQLite file: how it is checked before anything writes to it, opened, migrated and read. No table is known
 * here.
 */
@NullMarked
package io.penstock.store.db;

import org.jspecify.annotations.NullMarked;
