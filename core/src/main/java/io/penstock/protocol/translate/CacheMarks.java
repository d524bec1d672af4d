package io.penstock.protocol.translate;

/** The marks for caching of a request of Anthropic messages, of which there may be four. In the order they are written. */
final class CacheMarks {
    private static final int MARKS_MAX = 4; // Anthropic's limit

    private final JsonOut out;
    private final Losses losses;
    private int marks;
    private int seen;

    CacheMarks(Prompt prompt, MessagesOrder order, JsonOut out) {
        this.out = out;
        this.losses = prompt.losses();
        for (Tool tool : prompt.tools()) {
            count(tool.cache());
        }
        for (Part part : order.system()) {
            count(part.cache());
        }
        for (Turn turn : order.turns()) {
            for (Part part : turn.parts()) {
                count(part.cache());
            }
        }
    }

    private void count(Part.Cache cache) {
        marks += cache == Part.Cache.NONE ? 0 : 1;
    }

    /** Writes a mark, unless there are more than four: then the first, which most requests share, and the last three stay. */
    void write(Part.Cache cache) {
        if (cache == Part.Cache.NONE) {
            return;
        }
        int index = seen++;
        if (marks > MARKS_MAX && index > 0 && index < marks - (MARKS_MAX - 1)) {
            losses.add(Loss.CACHE_CONTROL_BEYOND_FOUR);
            return;
        }
        cache.write(out);
    }
}
