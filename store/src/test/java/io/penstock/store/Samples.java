package io.penstock.store;

import io.penstock.protocol.Usage;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** Values and waiting for the tests of every store. */
public final class Samples {
    public static final long AT = 1_763_683_200_000L;

    private Samples() {}

    public static String id(int number) {
        return String.format("gen-1763683200-%08dabcdefghijkl", number);
    }

    public static RequestLogEntry log(String requestId, long keyId, Outcome outcome, long costNanos, long atMillis) {
        return log(requestId, keyId, outcome, costNanos, false, atMillis);
    }

    public static RequestLogEntry log(
            String requestId, long keyId, Outcome outcome, long costNanos, boolean estimated, long atMillis) {
        return new RequestLogEntry(
                requestId,
                keyId,
                "openai",
                "sonnet",
                "anthropic/claude-sonnet-4.6",
                "anthropic",
                true,
                200,
                outcome,
                1,
                atMillis,
                250_000,
                900_000,
                new Usage(100, 20, 3, 4, 50, 6, estimated),
                costNanos,
                "stop",
                "direct",
                null,
                "tests",
                costNanos % 2 == 1 ? -1 : costNanos + 1, // told of every other cost
                costNanos % 2 == 1 ? null : "cost differs from the provider's");
    }

    public static ExchangeEnd settlement(String requestId, long keyId, long holdNanos, long amountNanos) {
        return settlement(requestId, keyId, holdNanos, amountNanos, AT);
    }

    public static ExchangeEnd settlement(
            String requestId, long keyId, long holdNanos, long amountNanos, long atMillis) {
        return new ExchangeEnd(
                EntryKind.SETTLEMENT, holdNanos, atMillis, log(requestId, keyId, Outcome.COMPLETED, amountNanos, AT));
    }

    public static ExchangeEnd release(String requestId, long keyId, long holdNanos) {
        return new ExchangeEnd(EntryKind.RELEASE, holdNanos, AT, log(requestId, keyId, Outcome.FAILED, 0, AT));
    }

    /** The key of that text, which stands in the middle of a header line. */
    public static @Nullable GatewayKey find(Store store, String text) {
        byte[] line = ("Bearer " + text + " ").getBytes(StandardCharsets.UTF_8);
        return store.keys().find(line, 7, line.length - 1);
    }

    /** Asks for money and waits for the answer. True if all of it is held. */
    public static boolean hold(Store store, Reservation asked) {
        var told = new CompletableFuture<Boolean>();
        store.ledger().reserve(asked, new Reserved() {
            @Override
            public void granted(long holdNanos) {
                told.complete(holdNanos == asked.amountNanos());
            }

            @Override
            public void refused(HoldRefusal why) {
                told.complete(false);
            }
        });
        return told.orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** Ends an exchange and waits for its commit. */
    public static boolean finish(Store store, ExchangeEnd end) {
        var told = new CompletableFuture<Boolean>();
        store.ledger().settle(end, told::complete);
        return told.orTimeout(10, TimeUnit.SECONDS).join();
    }

    /** Waits until the condition holds, at most ten seconds. */
    public static void await(String what, BooleanSupplier condition) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > until) {
                throw new AssertionError("not within 10 s: " + what);
            }
            LockSupport.parkNanos(1_000_000);
        }
    }
}
