/**
 * One row per exchange for people to look at: times, tokens, cost, model; never content. Trimmed, and never in
 * money's way.
 */
@NullMarked
package io.penstock.store.requestlog;

import org.jspecify.annotations.NullMarked;
