package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.tokens.InputTokens;
import io.penstock.protocol.tokens.O200k;
import io.penstock.protocol.tokens.Tokenizer;
import io.penstock.server.wire.RequestBody;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the tokens of requests on one daemon thread: what takes milliseconds has no place on an event loop. Small bodies come
 * before large ones, and among either those of the key that has the least waiting. The thread, and the tokenizer's table with
 * it, is there from the first count until some idle minutes after the last.
 *
 * <p>Safe from any thread. {@link #close} gives back what waits and lets the count at hand end.
 */
public final class TokenCounts implements AutoCloseable {
    /** A larger body is not counted but guessed: of a text of that size, a token of four bytes, a million tokens. */
    static final int BODY_BYTES_MAX = 4 * 1024 * 1024;

    /** More bodies than this do not wait: at 10 ms for one of 300 KB, the last one waits most of a second. */
    static final int WAITING_MAX = 64;

    /** A small body, which need not wait for large ones: a count of some milliseconds. */
    static final int SMALL_BYTES = 64 * 1024;

    /** Nobody waits longer for a count; then a guess must do. */
    static final long WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** There is no count, and never will be. */
    static final long NONE = -1;

    private static final Logger LOG = LoggerFactory.getLogger(TokenCounts.class);
    private static final long IDLE_SECONDS = 300;
    private static final long CLOSE_SECONDS = 2; // of the count at hand: the worst text of 4 MiB takes one
    private static final int STACK_BYTES = 512 * 1024; // -Xss may be small, and a body's nesting is walked by recursion

    private final ThreadPoolExecutor executor;
    private final ConcurrentHashMap<Long, Long> bytesByKey = new ConcurrentHashMap<>(); // that wait or are counted
    private final AtomicLong begun = new AtomicLong();

    public TokenCounts() {
        this(O200k::load, IDLE_SECONDS);
    }

    TokenCounts(Supplier<Tokenizer> tokenizers, long idleSeconds) {
        executor = new ThreadPoolExecutor(
                1,
                1,
                idleSeconds,
                TimeUnit.SECONDS,
                new PriorityBlockingQueue<>(),
                worker -> new CountingThread(worker, tokenizers));
        executor.allowCoreThreadTimeOut(true);
    }

    /** The count's thread, which keeps the tokenizer while it lives. */
    private static final class CountingThread extends Thread {
        private final Supplier<Tokenizer> tokenizers;
        private @Nullable Tokenizer tokenizer;

        CountingThread(Runnable worker, Supplier<Tokenizer> tokenizers) {
            super(null, worker, "penstock-tokens", STACK_BYTES);
            this.tokenizers = tokenizers;
            setDaemon(true);
        }

        Tokenizer tokenizer() {
            Tokenizer it = tokenizer;
            if (it == null) {
                it = tokenizers.get();
                tokenizer = it;
            }
            return it;
        }
    }

    /**
     * Begins to count a body, which must not change any more but may be released.
     *
     * @param keyId whose it is
     * @param loop where {@code counted} is told the tokens, or {@link #NONE} if counting failed
     * @return null if nothing is counted: the body is too large, or too many wait
     */
    @Nullable
    Count begin(RequestBody body, long keyId, Executor loop, LongConsumer counted) {
        if (body.bytes() > BODY_BYTES_MAX || executor.getQueue().size() >= WAITING_MAX) {
            return null;
        }
        long ofKey = bytesByKey.merge(keyId, (long) body.bytes(), Long::sum);
        Count count = new Count(body.share(), body.bytes(), keyId, ofKey, loop, counted);
        try {
            executor.execute(count);
        } catch (RejectedExecutionException closed) {
            count.leave();
            count.release();
            return null;
        }
        return count;
    }

    /** One count on its way. */
    final class Count implements Runnable, Comparable<Count> {
        private final ByteBuf[] pieces; // owned: by the thread that runs it, or that takes it out of the queue
        private final int bytes;
        private final long keyId;
        private final long ofKey; // bytes of that key that waited, its own among them
        private final long number = begun.getAndIncrement();
        private final Executor loop;
        private final LongConsumer counted;

        private Count(ByteBuf[] pieces, int bytes, long keyId, long ofKey, Executor loop, LongConsumer counted) {
            this.pieces = pieces;
            this.bytes = bytes;
            this.keyId = keyId;
            this.ofKey = ofKey;
            this.loop = loop;
            this.counted = counted;
        }

        @Override
        public int compareTo(Count other) {
            int bySize = Boolean.compare(bytes > SMALL_BYTES, other.bytes > SMALL_BYTES);
            int byKey = bySize != 0 ? bySize : Long.compare(ofKey, other.ofKey);
            return byKey != 0 ? byKey : Long.compare(number, other.number);
        }

        private void leave() {
            bytesByKey.computeIfPresent(keyId, (key, sum) -> sum > bytes ? sum - bytes : null);
        }

        /** Nobody wants it any more. Harmless when it has begun or ended; the tokens may then still be told. */
        void cancel() {
            if (executor.remove(this)) {
                leave();
                release();
            }
        }

        @Override
        public void run() {
            long tokens = tokens();
            leave();
            try {
                loop.execute(() -> counted.accept(tokens));
            } catch (RejectedExecutionException closed) { // and so is the client's connection
                LOG.debug("a count came too late for its loop", closed);
            }
        }

        private long tokens() {
            try {
                byte[] json = copy();
                return InputTokens.count(json, ((CountingThread) Thread.currentThread()).tokenizer());
            } catch (RuntimeException | OutOfMemoryError | StackOverflowError e) { // the client still gets its guess
                LOG.error("the tokens of a request could not be counted", e);
                return NONE;
            }
        }

        private byte[] copy() {
            try {
                byte[] json = new byte[bytes];
                int at = 0;
                for (ByteBuf piece : pieces) {
                    int length = piece.readableBytes();
                    piece.getBytes(piece.readerIndex(), json, at, length);
                    at += length;
                }
                return json;
            } finally {
                release();
            }
        }

        private void release() {
            for (ByteBuf piece : pieces) {
                piece.release();
            }
        }
    }

    @Override
    public void close() {
        for (Runnable waiting : executor.shutdownNow()) {
            ((Count) waiting).leave();
            ((Count) waiting).release();
        }
        try {
            if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                LOG.debug("a count goes on behind the end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
