package io.penstock.server.exchange;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.tokens.InputTokens;
import io.penstock.protocol.tokens.O200k;
import io.penstock.protocol.tokens.Tokenizer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the tokens of requests on one daemon thread: what takes milliseconds has no place on an event loop. The thread,
 * and the tokenizer's table with it, is there from the first count until some idle minutes after the last.
 *
 * <p>Safe from any thread. {@link #close} gives back what waits and lets the count at hand end.
 */
public final class TokenCounts implements AutoCloseable {
    /** A larger body is not counted but guessed: of a text of that size, a token of four bytes, a million tokens. */
    static final int BODY_BYTES_MAX = 4 * 1024 * 1024;

    /** More bodies than this do not wait: at 10 ms for one of 300 KB, the last one waits most of a second. */
    static final int WAITING_MAX = 64;

    /** There is no count, and never will be. */
    static final long NONE = -1;

    private static final Logger LOG = LoggerFactory.getLogger(TokenCounts.class);
    private static final long IDLE_SECONDS = 300;
    private static final long CLOSE_SECONDS = 2; // of the count at hand: the worst text of 4 MiB takes one
    private static final int STACK_BYTES = 512 * 1024; // -Xss may be small, and a body's nesting is walked by recursion

    private final ThreadPoolExecutor executor;

    public TokenCounts() {
        this(O200k::load, IDLE_SECONDS);
    }

    TokenCounts(Supplier<Tokenizer> tokenizers, long idleSeconds) {
        executor = new ThreadPoolExecutor(
                1,
                1,
                idleSeconds,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING_MAX),
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
     * @param loop where {@code counted} is told the tokens, or {@link #NONE} if counting failed
     * @return null if nothing is counted: the body is too large, or too many wait
     */
    @Nullable
    Count begin(RequestBody body, Executor loop, LongConsumer counted) {
        if (body.bytes() > BODY_BYTES_MAX) {
            return null;
        }
        Count count = new Count(body.share(), body.bytes(), loop, counted);
        try {
            executor.execute(count);
        } catch (RejectedExecutionException full) { // or closed
            count.release();
            return null;
        }
        return count;
    }

    /** One count on its way. */
    final class Count implements Runnable {
        private final ByteBuf[] pieces; // owned: by the thread that runs it, or that takes it out of the queue
        private final int bytes;
        private final Executor loop;
        private final LongConsumer counted;

        private Count(ByteBuf[] pieces, int bytes, Executor loop, LongConsumer counted) {
            this.pieces = pieces;
            this.bytes = bytes;
            this.loop = loop;
            this.counted = counted;
        }

        /** Nobody wants it any more. Harmless when it has begun or ended; the tokens may then still be told. */
        void cancel() {
            if (executor.remove(this)) {
                release();
            }
        }

        @Override
        public void run() {
            long tokens = tokens();
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
