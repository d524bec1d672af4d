package io.penstock.store;

/** What the contracts need to know of the kind of store that they are run on. A subclass of each stands for a kind. */
public abstract class StoreContract {
    /** Opens the store of this test: the same again, when what was opened before is closed. */
    protected abstract Store open() throws Exception;

    /** False if it forgets everything when it is closed. */
    protected abstract boolean keeps();
}
