package io.penstock.catalog;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The ids that somebody may have meant, by edit distance to ids, bare names (with and without a tag) and display names. Who
 * named a provider meant that provider: its models come first.
 */
final class Nearest {
    private static final int AT_MOST = 3;
    private static final int LETTERS_MAX = 80; // bounds the work on a hostile name: the table is quadratic

    private record Near(String id, boolean there, int distance) {
        static final Comparator<Near> ORDER =
                Comparator.comparing(Near::there).reversed().thenComparingInt(Near::distance);
    }

    private Nearest() {}

    /** At most three ids, nearest first, ties in the order of the models. */
    static List<String> to(String requested, Collection<Model> models) {
        String wanted = requested.toLowerCase(Locale.ROOT);
        if (wanted.length() > LETTERS_MAX) {
            wanted = wanted.substring(0, LETTERS_MAX);
        }
        String bare = wanted.substring(wanted.lastIndexOf('/') + 1);
        String half = wanted.substring(0, Math.max(0, wanted.indexOf('/')));
        List<Near> near = new ArrayList<>(models.size());
        for (Model model : models) {
            String slug = model.slug().toLowerCase(Locale.ROOT);
            int tag = slug.indexOf(':');
            int distance = Math.min(
                    distance(wanted, model.id().toLowerCase(Locale.ROOT)),
                    Math.min(distance(bare, slug), distance(bare, model.name().toLowerCase(Locale.ROOT))));
            if (tag > 0) {
                distance = Math.min(distance, distance(bare, slug.substring(0, tag)));
            }
            near.add(new Near(model.id(), !half.isEmpty() && isOf(model, half), distance));
        }
        near.sort(Near.ORDER);
        List<String> ids = new ArrayList<>(AT_MOST);
        for (Near one : near.subList(0, Math.min(AT_MOST, near.size()))) {
            ids.add(one.id());
        }
        return ids;
    }

    private static boolean isOf(Model model, String half) {
        if (model.author().equalsIgnoreCase(half)) {
            return true;
        }
        for (Offer offer : model.offers()) {
            if (offer.provider().equals(half)) {
                return true;
            }
        }
        return false;
    }

    /** Levenshtein's distance: letters to insert, delete or replace. */
    static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
