/** What Penstock costs, measured: microbenchmarks and a small load run that anybody can repeat. */
@NullMarked
package io.penstock.bench;

import org.jspecify.annotations.NullMarked;
