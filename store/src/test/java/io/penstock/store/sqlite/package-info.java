@NullMarked
package io.penstock.store.sqlite;

import org.jspecify.annotations.NullMarked;
