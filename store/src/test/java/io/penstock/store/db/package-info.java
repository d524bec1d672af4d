@NullMarked
package io.penstock.store.db;

import org.jspecify.annotations.NullMarked;
