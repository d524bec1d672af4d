package io.penstock.server.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.penstock.protocol.tokens.InputTokens;
import io.penstock.protocol.tokens.Tokenizer;
import io.penstock.server.testkit.Await;
import io.penstock.server.wire.MemoryBudget;
import io.penstock.server.wire.RequestBody;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of bodies that wait, are counted, or are not wanted any more; a counted one must be given back in any case. */
class TokenCountsTest {
    private static final String BODY = "{\"messages\":[{\"content\":\"hello\"}]}";
    private static final long TOKENS = InputTokens.PER_REQUEST + InputTokens.PER_MESSAGE + 5;

    private final AtomicInteger loaded = new AtomicInteger();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch gate = new CountDownLatch(1);
    private final BlockingQueue<Long> told = new LinkedBlockingQueue<>();
    private final List<ByteBuf> reads = new ArrayList<>();
    private TokenCounts counts = new TokenCounts(this::gated, 60);

    @AfterEach
    void stop() {
        gate.countDown();
        counts.close();
        for (ByteBuf read : reads) {
            assertThat(read.refCnt()).isEqualTo(1);
            read.release();
        }
    }

    private Tokenizer gated() {
        loaded.incrementAndGet();
        return (text, from, to) -> {
            begun.countDown();
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return (long) to - from;
        };
    }

    private RequestBody body(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        ByteBuf read = ByteBufAllocator.DEFAULT.directBuffer(bytes.length).writeBytes(bytes);
        reads.add(read);
        RequestBody body = new RequestBody(new MemoryBudget(Long.MAX_VALUE));
        body.add(read, 0, bytes.length / 2);
        body.add(read, bytes.length / 2, bytes.length);
        return body;
    }

    /** Begins to count a body and lets go of it, as an exchange does whose client left. */
    private TokenCounts.@Nullable Count begin(String json) {
        RequestBody body = body(json);
        TokenCounts.Count count = counts.begin(body, 1, Runnable::run, told::add);
        body.release();
        return count;
    }

    private long told() {
        return Await.value("a count", told::poll);
    }

    @Test
    void aBodyInPiecesIsCountedThoughItIsReleasedMeanwhile() {
        assertThat(begin(BODY)).isNotNull();
        assertThat(begin(BODY)).isNotNull();
        gate.countDown();
        assertThat(told()).isEqualTo(TOKENS);
        assertThat(told()).isEqualTo(TOKENS);
        assertThat(loaded).as("tables loaded").hasValue(1);
    }

    @Test
    void noMoreWaitThanMayAndALargeBodyIsNotTaken() throws InterruptedException {
        assertThat(begin("{\"system\":\"" + "x".repeat(TokenCounts.BODY_BYTES_MAX) + "\"}"))
                .isNull();
        assertThat(loaded).as("tables loaded").hasValue(0);
        assertThat(begin(BODY)).isNotNull();
        begun.await();
        for (int i = 0; i < TokenCounts.WAITING_MAX; i++) {
            assertThat(begin(BODY)).as("number %d", i).isNotNull();
        }
        assertThat(begin(BODY)).isNull();
        gate.countDown();
        for (int i = 0; i <= TokenCounts.WAITING_MAX; i++) {
            assertThat(told()).isEqualTo(TOKENS);
        }
        assertThat(begin(BODY)).isNotNull();
        assertThat(told()).isEqualTo(TOKENS);
    }

    @Test
    void aSmallBodyDoesNotWaitForLargeOnes() throws InterruptedException {
        String large = "{\"messages\":[{\"content\":\"" + "x".repeat(TokenCounts.SMALL_BYTES) + "\"}]}";
        long tokensOfLarge = InputTokens.PER_REQUEST + InputTokens.PER_MESSAGE + TokenCounts.SMALL_BYTES;
        begin(large);
        begun.await();
        for (int i = 0; i < 12; i++) {
            begin(large);
        }
        begin(BODY);
        gate.countDown();
        assertThat(told()).as("at hand already").isEqualTo(tokensOfLarge);
        assertThat(told()).isEqualTo(TOKENS);
        for (int i = 0; i < 12; i++) {
            assertThat(told()).isEqualTo(tokensOfLarge);
        }
    }

    @Test
    void aKeyThatHasMuchWaitingComesBehindOneThatHasLittle() throws InterruptedException {
        List<Long> keys = java.util.Collections.synchronizedList(new ArrayList<>());
        RequestBody body = body(BODY);
        counts.begin(body, 1, Runnable::run, tokens -> told.add(1L));
        begun.await();
        for (int i = 0; i < 3; i++) {
            counts.begin(body, 1, Runnable::run, tokens -> told.add(1L));
        }
        counts.begin(body, 2, Runnable::run, tokens -> told.add(2L));
        counts.begin(body, 2, Runnable::run, tokens -> told.add(2L));
        body.release();
        gate.countDown();
        for (int i = 0; i < 6; i++) {
            keys.add(told());
        }
        assertThat(keys).containsExactly(1L, 2L, 1L, 2L, 1L, 1L);
    }

    @Test
    void whatWaitsIsGivenBackAtOnceWhenItIsNotWanted() throws InterruptedException {
        TokenCounts.Count running = Objects.requireNonNull(begin(BODY));
        begun.await();
        TokenCounts.Count waiting = Objects.requireNonNull(begin(BODY));
        assertThat(reads.get(1).refCnt()).isGreaterThan(1);
        waiting.cancel();
        assertThat(reads.get(1).refCnt()).isEqualTo(1);
        waiting.cancel();
        running.cancel();
        gate.countDown();
        assertThat(told()).as("too late to stop").isEqualTo(TOKENS);
        running.cancel();
        assertThat(told).isEmpty();
    }

    @Test
    void closingGivesBackWhatWaitsAndTakesNothingMore() throws InterruptedException {
        begin(BODY);
        begun.await();
        begin(BODY);
        gate.countDown();
        counts.close();
        assertThat(begin(BODY)).isNull();
        counts.close();
    }

    @Test
    void aLoopThatHasEndedIsNotTold() {
        RequestBody body = body(BODY);
        counts.begin(
                body,
                1,
                task -> {
                    told.add(0L);
                    throw new RejectedExecutionException("ended");
                },
                told::add);
        body.release();
        gate.countDown();
        assertThat(told()).isZero();
        begin(BODY);
        assertThat(told()).as("the thread goes on").isEqualTo(TOKENS);
    }

    @Test
    void aCountThatFailsSaysSoAndTheNextOneIsTriedAnew() {
        counts.close();
        AtomicInteger tries = new AtomicInteger();
        counts = new TokenCounts(
                () -> {
                    if (tries.incrementAndGet() == 1) {
                        throw new IllegalStateException("no table (as the test wants it)");
                    }
                    return (text, from, to) -> to - from;
                },
                60);
        begin(BODY);
        assertThat(told()).isEqualTo(TokenCounts.NONE);
        begin(BODY);
        assertThat(told()).isEqualTo(TOKENS);
        begin("not JSON");
        assertThat(told()).isEqualTo(TokenCounts.NONE);
    }

    @Test
    void theTableGoesWithTheThreadThatHasNothingToDo() {
        counts.close();
        gate.countDown();
        counts = new TokenCounts(this::gated, 1);
        begin(BODY);
        assertThat(told()).isEqualTo(TOKENS);
        Await.until(
                "the thread's end",
                () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().equals("penstock-tokens")));
        begin(BODY);
        assertThat(told()).isEqualTo(TOKENS);
        assertThat(loaded).as("tables loaded").hasValue(2);
    }
}
