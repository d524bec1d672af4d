package io.penstock.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Every way to write a model's name, worked out beforehand. The first to claim a spelling keeps it; the order is: the
 * owner's aliases, {@code auto}, ids, ids with dashes for dots, the built-in aliases, bare names, then what providers
 * call their models.
 *
 * <p>{@code listed} holds spellings as typed. {@code loose} holds the same ones in lower case with dashes for dots, for
 * what is typed otherwise. Both are filled by the constructor and only read afterwards.
 */
final class ModelNames {
    private static final String[] PREFIXES = {"penstock/", "gaterouter/", "gateai/", "openrouter/"};
    private static final String LATEST = "-latest";
    private static final String MILLION = "[1m]"; // Claude Code's mark for the long context
    private static final int NAME_LETTERS_MAX = 256;

    private final Map<String, Resolution> listed = new HashMap<>();
    private final Map<String, Resolution> loose = new HashMap<>();
    private final Map<String, Resolution> plain = new HashMap<>(); // by id, shared by all spellings of the model
    private final Map<String, Model> known;
    private final Map<String, Model> reachable;
    private final Map<String, Model> freeVariants;
    private final @Nullable Set<String> configured;

    /**
     * What is said of names.
     *
     * @param configured ids of the providers that can be asked; null: all
     * @param builtInAliases name to model id
     * @param aliases the owner's, name to what else a client could have typed
     * @param defaultTags by provider
     */
    record Rules(
            @Nullable Set<String> configured,
            Map<String, String> builtInAliases,
            Map<String, String> aliases,
            Map<String, String> defaultTags) {}

    ModelNames(Map<String, Model> known, Map<String, Model> reachable, Map<String, Model> freeVariants, Rules rules) {
        this.known = known;
        this.reachable = reachable;
        this.freeVariants = freeVariants;
        this.configured = rules.configured();

        Map<String, Resolution> ids = new LinkedHashMap<>();
        for (Model model : known.values()) {
            ids.put(model.id(), of(model));
        }
        for (Model model : freeVariants.values()) {
            ids.putIfAbsent(model.id(), Resolution.found(model, Sort.CATALOG));
        }
        Resolution auto = Resolution.auto(Sort.CATALOG);
        // Aliases come first but need the rest to be resolved: fill without them, look them up, then put them on top.
        claim("auto", auto);
        ids.forEach(this::claim);
        for (Map.Entry<String, String> alias : rules.builtInAliases().entrySet()) {
            Resolution target = ids.get(alias.getValue());
            if (target != null) {
                claim(alias.getKey(), target);
            }
        }
        rules.defaultTags().forEach(this::defaultTag);
        bareNames();
        nativeNames();
        Map<String, Resolution> own = new LinkedHashMap<>();
        for (String name : rules.aliases().keySet()) {
            own.put(name, follow(name, rules.aliases()));
        }
        own.forEach((name, resolution) -> {
            listed.put(name, resolution);
            loose.put(loosened(name), resolution);
        });
        decorate(ids, auto);
    }

    Resolution resolve(String requested) {
        Resolution hit = listed.get(requested);
        return hit != null && hit.kind() != Resolution.Kind.NOT_CONFIGURED ? hit : search(requested);
    }

    private Resolution of(Model model) {
        return plain.computeIfAbsent(model.id(), id -> {
            Model served = reachable.get(id);
            return served != null
                    ? Resolution.found(served, Sort.CATALOG)
                    : Resolution.notConfigured(model, List.of(), providersOf(List.of(model)));
        });
    }

    private void claim(String spelling, Resolution resolution) {
        listed.putIfAbsent(spelling, resolution);
        listed.putIfAbsent(spelling.replace('.', '-'), resolution);
        loose.putIfAbsent(loosened(spelling), resolution);
    }

    /** To that provider a name without a tag is that of its default tag, listed or asked for. */
    private void defaultTag(String provider, String word) {
        String tag = ":" + word;
        for (Model model : known.values()) {
            for (Offer offer : model.offers()) {
                String name = offer.nativeId();
                if (!offer.provider().equals(provider)) {
                    continue;
                }
                String other = name.endsWith(tag)
                        ? name.substring(0, name.length() - tag.length())
                        : name.indexOf(':', name.lastIndexOf('/') + 1) < 0 ? name + tag : null;
                if (other != null) {
                    claim(provider + "/" + other, pinned(model, offer));
                    claim(other, of(model));
                }
            }
        }
    }

    /** A bare name is unique among the models that can be reached, or else among all. */
    private void bareNames() {
        Map<String, List<Model>> bySlug = new LinkedHashMap<>();
        for (Model model : known.values()) {
            bySlug.computeIfAbsent(loosened(model.slug()), slug -> new ArrayList<>())
                    .add(model);
        }
        for (List<Model> same : bySlug.values()) {
            List<Model> served =
                    same.stream().filter(m -> reachable.containsKey(m.id())).toList();
            List<Model> candidates = served.isEmpty() ? same : served;
            Resolution resolution = candidates.size() == 1
                    ? of(candidates.get(0))
                    : Resolution.ambiguous(candidates.stream().map(Model::id).toList());
            for (Model model : same) {
                claim(model.slug(), resolution);
            }
        }
    }

    /**
     * What a provider calls a model is understood as that model, when no other is called so; with the provider's id in
     * front ({@code groq/llama-3.3-70b-versatile}) only that provider serves it.
     */
    private void nativeNames() {
        Map<String, Set<String>> models = new LinkedHashMap<>(); // by native id, the ids of models called so
        Map<String, Resolution> byProvider = new LinkedHashMap<>();
        for (Model model : known.values()) {
            for (Offer offer : model.offers()) {
                if (offer.free()) {
                    continue;
                }
                models.computeIfAbsent(offer.nativeId(), name -> new LinkedHashSet<>())
                        .add(model.id());
                if (!isPrefix(offer.provider())) {
                    Resolution pinned = pinned(model, offer);
                    byProvider.putIfAbsent(offer.provider() + "/" + offer.nativeId(), pinned);
                    byProvider.putIfAbsent(offer.provider() + "/" + model.slug(), pinned);
                }
            }
        }
        models.forEach((name, ids) -> {
            Model model = known.get(ids.iterator().next());
            if (ids.size() == 1 && model != null) {
                claim(name, of(model));
                if (name.indexOf('/') < 0) {
                    claim(model.author() + "/" + name, of(model));
                }
            }
        });
        byProvider.forEach(this::claim);
    }

    private Resolution pinned(Model model, Offer offer) {
        Model served = reachable.get(model.id());
        if (served == null || !served.offers().contains(offer)) {
            return Resolution.notConfigured(model, List.of(), List.of(offer.provider()));
        }
        return Resolution.found(served.with(served.id(), served.name(), List.of(offer)), Sort.CATALOG);
    }

    private Resolution follow(String alias, Map<String, String> aliases) {
        String target = alias;
        for (int step = 0; step <= aliases.size(); step++) { // an alias may name an alias; more is a circle
            String next = aliases.get(target);
            if (next == null || next.equals(target)) {
                return search(target);
            }
            target = next;
        }
        return Resolution.unknown(List.of());
    }

    /** Prefixes and suffixes on ids are common enough to be listed as well. */
    private void decorate(Map<String, Resolution> ids, Resolution auto) {
        for (String prefix : PREFIXES) {
            listed.putIfAbsent(prefix + "auto", auto);
        }
        for (String id : ids.keySet()) {
            Resolution resolution = listed.get(id);
            if (resolution == null || resolution.kind() != Resolution.Kind.FOUND) {
                continue;
            }
            for (String prefix : PREFIXES) {
                listed.putIfAbsent(prefix + id, resolution);
            }
            for (String suffix : new String[] {"free", "nitro", "floor"}) {
                listed.putIfAbsent(id + ":" + suffix, suffixed(resolution, suffix));
            }
        }
    }

    /** The slow road, for what nobody listed. */
    private Resolution search(String requested) {
        String name = requested.strip();
        if (name.isEmpty() || name.length() > NAME_LETTERS_MAX) {
            return Resolution.unknown(List.of());
        }
        while (true) {
            Resolution hit = spelled(name);
            if (hit != null) {
                return explained(hit, name);
            }
            String rest = withoutPrefix(name);
            if (rest == null) {
                return miss(name);
            }
            name = rest;
        }
    }

    private @Nullable Resolution spelled(String name) {
        Resolution hit = looked(name);
        if (hit != null) {
            return hit;
        }
        int colon = name.lastIndexOf(':');
        if (colon <= name.lastIndexOf('/') || colon == name.length() - 1) {
            return null;
        }
        Resolution base = looked(name.substring(0, colon));
        return base == null ? null : suffixed(base, name.substring(colon + 1).toLowerCase(Locale.ROOT));
    }

    private @Nullable Resolution looked(String name) {
        Resolution hit = listed.get(name);
        if (hit != null) {
            return hit;
        }
        String key = loosened(name);
        hit = loose.get(key);
        if (hit == null && key.endsWith(MILLION)) {
            key = key.substring(0, key.length() - MILLION.length());
            hit = loose.get(key);
        }
        if (hit == null) {
            int dateAt = dateAt(key);
            if (dateAt > 0) {
                hit = loose.get(key.substring(0, dateAt));
            } else if (key.endsWith(LATEST)) {
                hit = loose.get(key.substring(0, key.length() - LATEST.length()));
            }
        }
        return hit;
    }

    private Resolution suffixed(Resolution base, String suffix) {
        if (base.kind() != Resolution.Kind.FOUND && base.kind() != Resolution.Kind.AUTO) {
            return base;
        }
        return switch (suffix) {
            case "nitro" -> base.withSort(Sort.THROUGHPUT);
            case "floor" -> base.withSort(Sort.PRICE);
            default -> {
                Model model = base.model();
                Model free = model == null || !suffix.equals("free") ? null : freeVariants.get(model.id());
                // Never the paid model under the name of a free one, nor a plain one under that of a variant.
                yield free != null
                        ? Resolution.found(free, Sort.CATALOG)
                        : Resolution.unknown(model == null ? List.of() : List.of(model.id()));
            }
        };
    }

    private Resolution explained(Resolution hit, String name) {
        return hit.kind() == Resolution.Kind.NOT_CONFIGURED
                ? Resolution.notConfigured(hit.model(), Nearest.to(name, reachable.values()), hit.providers())
                : hit;
    }

    private Resolution miss(String name) {
        List<String> nearest = Nearest.to(name, reachable.isEmpty() ? known.values() : reachable.values());
        int slash = name.indexOf('/');
        if (slash <= 0 || configured == null) {
            return slash <= 0 || knowsHalf(name.substring(0, slash), known.values())
                    ? Resolution.unknown(nearest)
                    : Resolution.notConfigured(null, nearest, List.of(name.substring(0, slash)));
        }
        String half = name.substring(0, slash).toLowerCase(Locale.ROOT);
        if (configured.contains(half) || knowsHalf(half, reachable.values())) {
            return Resolution.unknown(nearest);
        }
        List<Model> ofAuthor = known.values().stream()
                .filter(model -> model.author().equalsIgnoreCase(half))
                .toList();
        return Resolution.notConfigured(null, nearest, ofAuthor.isEmpty() ? List.of(half) : providersOf(ofAuthor));
    }

    private static boolean knowsHalf(String half, Collection<Model> models) {
        for (Model model : models) {
            if (model.author().equalsIgnoreCase(half)
                    || model.offers().stream()
                            .anyMatch(offer -> offer.provider().equalsIgnoreCase(half))) {
                return true;
            }
        }
        return false;
    }

    private static List<String> providersOf(List<Model> models) {
        Set<String> providers = new LinkedHashSet<>();
        for (Model model : models) {
            for (Offer offer : model.offers()) {
                providers.add(offer.provider());
            }
        }
        return List.copyOf(providers);
    }

    private static boolean isPrefix(String provider) {
        return withoutPrefix(provider + "/x") != null;
    }

    private static @Nullable String withoutPrefix(String name) {
        for (String prefix : PREFIXES) {
            if (name.length() > prefix.length() && name.regionMatches(true, 0, prefix, 0, prefix.length())) {
                return name.substring(prefix.length());
            }
        }
        return null;
    }

    static String withoutPrefixes(String name) {
        String bare = name;
        for (String rest = name; rest != null; rest = withoutPrefix(rest)) {
            bare = rest;
        }
        return bare;
    }

    /** As names are compared that differ in case, and in dots and dashes, alone. */
    static String loosened(String name) {
        return name.toLowerCase(Locale.ROOT).replace('.', '-');
    }

    /** Where a trailing {@code -YYYYMMDD} or {@code -YYYY-MM-DD} of this century begins, or -1. */
    private static int dateAt(String name) {
        int compact = name.length() - 9;
        if (compact > 0 && isDate(name, compact, -1)) {
            return compact;
        }
        int dashed = name.length() - 11;
        return dashed > 0 && isDate(name, dashed, '-') ? dashed : -1;
    }

    private static boolean isDate(String name, int from, int separator) {
        if (name.charAt(from) != '-') {
            return false;
        }
        StringBuilder digits = new StringBuilder(8);
        for (int i = from + 1; i < name.length(); i++) {
            char c = name.charAt(i);
            if (c >= '0' && c <= '9') {
                digits.append(c);
            } else if (c != separator || (digits.length() != 4 && digits.length() != 6)) {
                return false;
            }
        }
        if (digits.length() != 8) {
            return false;
        }
        int date = Integer.parseInt(digits.toString());
        int month = date / 100 % 100;
        int day = date % 100;
        return date / 1_000_000 == 20 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
    }
}
