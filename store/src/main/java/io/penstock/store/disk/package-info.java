/**
 * The data directory: files of this machine that every store needs, wherever it keeps its tables. One process has it at a
 * time.
 */
@NullMarked
package io.penstock.store.disk;

import org.jspecify.annotations.NullMarked;
