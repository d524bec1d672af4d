/** What is counted and timed, in Prometheus' words. No label has unbounded values. */
@NullMarked
package io.penstock.server.observe;

import org.jspecify.annotations.NullMarked;
