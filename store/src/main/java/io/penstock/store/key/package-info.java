/** Gateway keys: stored as keyed hashes only, all of them in memory, so that a request finds its key without SQL. */
@NullMarked
package io.penstock.store.key;

import org.jspecify.annotations.NullMarked;
