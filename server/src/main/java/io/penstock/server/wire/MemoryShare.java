package io.penstock.server.wire;

/** What one holder has taken so far. It belongs to one thread at a time; the sum is safe from any. */
public final class MemoryShare {
    private final MemoryBudget budget;
    private long bytes;

    /** Takes nothing yet. */
    public MemoryShare(MemoryBudget budget) {
        this.budget = budget;
    }

    /** Takes so much more; false, and nothing is taken, if there is no room for it and the share is more than ordinary. */
    public boolean grow(long more) {
        if (bytes + more <= MemoryBudget.ORDINARY_BYTES) {
            budget.takeAnyway(more);
        } else if (!budget.take(more)) {
            return false;
        }
        bytes += more;
        return true;
    }

    /** Takes so much more in any case. */
    public void growAnyway(long more) {
        budget.takeAnyway(more);
        bytes += more;
    }

    /** Gives so much back, at most what is still taken. */
    public void shrink(long less) {
        long given = Math.min(less, bytes);
        if (given > 0) {
            bytes -= given;
            budget.giveBack(given);
        }
    }

    /** Gives all back; harmless when done twice. */
    public void giveBack() {
        shrink(bytes);
    }
}
