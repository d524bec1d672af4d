/**
 * Who can be asked: addresses, how a credential is shown, which headers travel along. Pure: no sockets.
 *
 * <p>The built-in providers differ in data alone, so they are rows of {@link io.penstock.provider.BuiltInProviders};
 * they are found by {@code ServiceLoader} like those of a plug-in and have no privileges.
 */
@NullMarked
package io.penstock.provider;

import org.jspecify.annotations.NullMarked;
