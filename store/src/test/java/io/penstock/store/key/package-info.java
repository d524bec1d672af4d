@NullMarked
package io.penstock.store.key;

import org.jspecify.annotations.NullMarked;
