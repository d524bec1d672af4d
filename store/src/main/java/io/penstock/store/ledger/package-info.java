/** Money: an append-only table of transfers, the holds that are open, and the sums per key and day. */
@NullMarked
package io.penstock.store.ledger;

import org.jspecify.annotations.NullMarked;
