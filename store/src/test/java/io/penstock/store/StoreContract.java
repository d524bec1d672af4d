package io.penstock.store;

/** What the contracts need to know of the kind of store that they are run on. */
public abstract class StoreContract {
    private final Kind kind;

    /** A kind of store, and one store of it for each test. */
    public interface Kind {
        /** Opens the store of this test: the same again, when what was opened before is closed. */
        Store open() throws StoreException;

        /** False if it forgets everything when it is closed. */
        boolean keeps();
    }

    protected StoreContract(Kind kind) {
        this.kind = kind;
    }

    final Store open() throws StoreException {
        return kind.open();
    }

    final boolean keeps() {
        return kind.keeps();
    }
}
