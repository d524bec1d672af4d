/** What Penstock remembers, on disk: one SQLite database, one writing thread, a few readers. */
@NullMarked
package io.penstock.store;

import org.jspecify.annotations.NullMarked;
