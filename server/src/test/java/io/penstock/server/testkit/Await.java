package io.penstock.server.testkit;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** Waits for conditions; never longer than {@link #SECONDS}. Static methods. */
public final class Await {
    /** Long enough for a busy machine; nothing waits so long when all is well. */
    public static final int SECONDS = 60;

    private Await() {}

    public static void until(String what, Callable<Boolean> condition) {
        value(what, () -> condition.call() ? Boolean.TRUE : null);
    }

    /** The first value that is not null. */
    public static <T> T value(String what, Callable<T> source) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        while (true) {
            try {
                T value = source.call();
                if (value != null) {
                    return value;
                }
                Thread.sleep(1);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted while waiting for " + what, e);
            } catch (Exception e) {
                throw new AssertionError("while waiting for " + what, e);
            }
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("waited " + SECONDS + " s in vain for " + what);
            }
        }
    }
}
