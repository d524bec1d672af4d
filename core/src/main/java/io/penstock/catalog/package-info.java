/**
 * What can be asked for, who serves it and at what price.
 *
 * <p>A {@link io.penstock.catalog.Catalog} is immutable and replaced whole: a request that began with one keeps it. It is
 * read from one data file beside this package, {@code catalog.json}, where every number names its source and that source
 * its date; {@link io.penstock.catalog.Catalog.Builder} adds the owner's models, offers and aliases.
 *
 * <p>Every spelling that a client may use for a model is worked out when the catalog is built, so that
 * {@link io.penstock.catalog.Catalog#resolve} is one hash lookup without allocation; only spellings that nobody listed
 * (dates, odd case, mistakes) take the slower road.
 */
@NullMarked
package io.penstock.catalog;

import org.jspecify.annotations.NullMarked;
