package io.penstock.server.testkit;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails every test class that leaves a Netty buffer behind. Registered for all of them by {@code META-INF/services}; the
 * detector's level is set by the build.
 */
public final class LeakCheck implements BeforeAllCallback, AfterAllCallback {
    private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();
    private static final int ROUNDS = 3; // a buffer may be kept alive by one that is collected first

    static {
        // what was done to a leaked buffer in between is not worth a stack trace for each byte that is looked at
        System.setProperty("io.netty.leakDetection.acquireAndReleaseOnly", "true");
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Factory());
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        // the factory must be there before the first buffer
    }

    @Override
    public void afterAll(ExtensionContext context) {
        String leaks = collect();
        if (!leaks.isEmpty()) {
            throw new AssertionError("leaked in " + context.getDisplayName() + ":\n" + leaks);
        }
    }

    /** What has leaked until now, and forgets it. */
    static String collect() {
        for (int round = 0; round < ROUNDS; round++) {
            System.gc();
            try {
                TimeUnit.MILLISECONDS.sleep(10); // for the reference handler, which tells nobody when it is done
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            ByteBufAllocator.DEFAULT.directBuffer(1).release(); // the detector reports when it tracks the next one
        }
        StringBuilder all = new StringBuilder();
        for (String leak = LEAKS.poll(); leak != null; leak = LEAKS.poll()) {
            all.append(leak).append('\n');
        }
        return all.toString();
    }

    private static final class Factory extends ResourceLeakDetectorFactory {
        @Override
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(Class<T> resource, int samplingInterval) {
            return new Detector<>(resource, samplingInterval);
        }

        @Override
        @SuppressWarnings({"deprecation", "InlineMeSuggester"})
        public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                Class<T> resource, int samplingInterval, long maxActive) {
            return new Detector<>(resource, samplingInterval);
        }
    }

    private static final class Detector<T> extends ResourceLeakDetector<T> {
        Detector(Class<T> resource, int samplingInterval) {
            super(resource, samplingInterval);
        }

        @Override
        protected boolean needReport() {
            return true;
        }

        @Override
        protected void reportTracedLeak(String type, String records) {
            LEAKS.add(type + records);
        }

        @Override
        protected void reportUntracedLeak(String type) {
            LEAKS.add(type + " (no records)");
        }
    }
}
