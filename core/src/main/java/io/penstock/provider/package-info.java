/**
 * Who can be asked: addresses, how a credential is shown, which headers travel along. Pure: no sockets.
 *
 * <p>All that is known of a built-in provider stands in a class of its own ({@code DeepSeek}, {@code Ollama} …) with a line in
 * {@link io.penstock.provider.BuiltInProviders}: addresses, quirks, what it refuses, how its credentials begin, what its images count;
 * they are found by {@code ServiceLoader} like those of a plug-in and have no privileges.
 */
@NullMarked
package io.penstock.provider;

import org.jspecify.annotations.NullMarked;
