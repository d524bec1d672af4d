/** The front door: build a gateway, start it, close it. */
@NullMarked
package io.penstock;

import org.jspecify.annotations.NullMarked;
