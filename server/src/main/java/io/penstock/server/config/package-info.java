/**
 * What a gateway is told: {@link io.penstock.server.config.Config}, an immutable value, made by
 * {@link io.penstock.server.config.ConfigReader} from flags, environment and {@code penstock.yaml}, or by
 * {@link io.penstock.server.config.ConfigBuilder} in a program that embeds a gateway. Both use the same names.
 *
 * <p><b>Three steps.</b> {@code Yaml} turns a file into nodes that know their line, with a bound on size, depth and
 * aliases. {@code Fields} reads one mapping: it expands, measures, and reports what does not fit and what nobody asked
 * for. {@code FileBinder} and {@code ProviderBinder} know which field goes where. The records check themselves again, so
 * that a builder cannot do what a file cannot.
 *
 * <p><b>The field decides the type, not the text.</b> Every scalar stays the text that was written ({@code 1.10},
 * {@code 007}, {@code yes}) until its field reads it: a price never passes through a {@code double}, a key of digits
 * stays a key, and a value expanded from <code>${NAME}</code> is read like one written out. A value that is empty, after
 * expansion too, counts as left out.
 *
 * <p><b>All problems at once.</b> Reading goes on after a problem; {@link io.penstock.server.config.ConfigException}
 * lists them in the order of the file. A message names the line, the field, what was found and what was expected, but
 * never shows a credential, a key, the admin token, a header's value or what the environment put in place of
 * <code>${NAME}</code>.
 *
 * <p><b>Not yet.</b> A field that this version does not honour may stand in the file with the value that changes nothing
 * and is refused with any other: silence would be a promise.
 *
 * <p><b>Cold start.</b> Without a file no class of the YAML parser is loaded.
 */
@NullMarked
package io.penstock.server.config;

import org.jspecify.annotations.NullMarked;
