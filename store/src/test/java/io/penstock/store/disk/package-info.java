@NullMarked
package io.penstock.store.disk;

import org.jspecify.annotations.NullMarked;
