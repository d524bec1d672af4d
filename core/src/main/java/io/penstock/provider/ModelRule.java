package io.penstock.provider;

import io.penstock.catalog.Model;
import io.penstock.protocol.translate.Quirk;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * What holds for some models of a vendor's. Immutable; safe from any thread.
 *
 * @param name what it is called at the provider, behind the last slash; the whole of it
 * @param model what else must be so
 * @param has quirks that it has
 * @param lacks quirks that others have and it has not
 * @param refuses sampling parameters that it answers with an error
 */
public record ModelRule(Pattern name, Predicate<Model> model, Set<Quirk> has, Set<Quirk> lacks, Set<String> refuses) {
    private static final Pattern ANY = Pattern.compile(".*", Pattern.DOTALL);

    public ModelRule {
        has = Set.copyOf(has);
        lacks = Set.copyOf(lacks);
        refuses = Set.copyOf(refuses);
    }

    /** Of models that are called so at the provider, behind the last slash. */
    public static ModelRule named(String regex) {
        return new ModelRule(Pattern.compile(regex), model -> true, Set.of(), Set.of(), Set.of());
    }

    /** Of models for which that is so. */
    public static ModelRule where(Predicate<Model> model) {
        return new ModelRule(ANY, model, Set.of(), Set.of(), Set.of());
    }

    /** The same rule, of those models alone for which that is so too. */
    public ModelRule and(Predicate<Model> also) {
        return new ModelRule(name, model.and(also), has, lacks, refuses);
    }

    /** The same rule, by which they have these quirks. */
    public ModelRule has(Quirk... quirks) {
        return new ModelRule(name, model, Set.of(quirks), lacks, refuses);
    }

    /** The same rule, by which they have these quirks not. */
    public ModelRule lacks(Quirk... quirks) {
        return new ModelRule(name, model, has, Set.of(quirks), refuses);
    }

    /** The same rule, by which they refuse these sampling parameters, whatever the model's list says. */
    public ModelRule refuses(String... parameters) {
        EnumSet<Quirk> more = EnumSet.of(Quirk.REFUSES_SAMPLING);
        more.addAll(has);
        return new ModelRule(name, model, more, lacks, Set.of(parameters));
    }

    boolean fits(Model served, String servedName) {
        return model.test(served) && name.matcher(servedName).matches();
    }
}
