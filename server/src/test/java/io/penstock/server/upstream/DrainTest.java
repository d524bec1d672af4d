package io.penstock.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.penstock.server.attempt.Attempt;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.ResponseHead;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.ScriptedProvider;
import io.penstock.server.wire.ReadSizes;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Connections that an exchange has left before the last chunk of its answer came. */
class DrainTest {
    private static final long LATER = TimeUnit.SECONDS.toNanos(3); // than a drain may take
    private static final byte[] REQUEST =
            Bytes.ascii("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n");

    private final ScriptedProvider provider = new ScriptedProvider();
    private final EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final EventLoop loop = group.next();
    private final ConnectionPool pool =
            new ConnectionPool(loop, NioSocketChannel.class, new Resolver(), 5_000, new ReadSizes());
    private final Address address = new Address("127.0.0.1", provider.port(), null, null);

    @AfterEach
    void stop() {
        provider.close();
        group.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void aDrainThatDoesNotEndIsEnded() {
        provider.always(call -> call.send(unfinished()).stall());
        attempt();
        Await.until("the drain", () -> draining() == 1);
        sweep(-LATER);
        assertThat(provider.open()).isEqualTo(1);
        sweep(LATER);
        Await.until("the connection to end", () -> provider.open() == 0);
        Await.until("nothing to be left of it", () -> draining() == 0 && onLoop(pool::open) == 0);
    }

    @Test
    void aDrainThatEndedLeavesNothingBehindThatEndsTheNextOne() {
        for (int i = 0; i < 3; i++) {
            CountDownLatch gate = new CountDownLatch(1);
            provider.next(call -> call.send(unfinished()).pause(gate).send(Answer.lastChunk()));
            attempt();
            Await.until("the drain", () -> draining() == 1);
            gate.countDown();
            Await.until("the end of the drain", () -> draining() == 0);
            sweep(LATER);
        }
        assertThat(provider.links()).hasSize(1);
        assertThat(provider.open()).isEqualTo(1);
    }

    @Test
    void aDrainThatTheProviderEndsLeavesNothingBehind() {
        provider.always(call -> call.send(unfinished()).close());
        attempt();
        Await.until("the end", () -> provider.links().size() == 1 && provider.open() == 0 && onLoop(pool::open) == 0);
        assertThat(draining()).isZero();
    }

    private static byte[] unfinished() {
        return Answer.join(Answer.streamHead(), Answer.chunk("data: [DONE]\n\n"));
    }

    private int draining() {
        return onLoop(pool::draining);
    }

    private int onLoop(Callable<Integer> fact) {
        return loop.submit(fact).syncUninterruptibly().getNow();
    }

    private void sweep(long laterNanos) {
        loop.submit(() -> pool.sweep(System.nanoTime() + laterNanos)).syncUninterruptibly();
    }

    /** Sends a request, and has enough when the first bytes of its answer's body are there. */
    private void attempt() {
        loop.submit(() -> pool.acquire(address, false, new Attempt())).syncUninterruptibly();
    }

    private static final class Attempt implements AttemptListener {
        private @Nullable UpstreamConnection connection;
        private BodyFraming framing = new BodyFraming();

        @Override
        public void connected(UpstreamConnection it) {
            connection = it;
            it.send(Unpooled.wrappedBuffer(REQUEST));
        }

        @Override
        public void connectFailed(String why) {
            throw new AssertionError(why);
        }

        @Override
        public void head(ResponseHead head, BodyFraming bodyFraming, ByteBuf in) {
            framing = bodyFraming;
        }

        @Override
        public void body(ByteBuf bytes) {
            boolean some = false;
            for (int i = bytes.readerIndex(); framing.next(bytes, i, bytes.writerIndex()); ) {
                i = framing.payloadEnd();
                some = true;
            }
            bytes.release();
            if (some && connection != null) {
                connection.finishUnread();
            }
        }

        @Override
        public void readComplete() {}

        @Override
        public void messageEnded() {
            throw new AssertionError("a drain tells nobody");
        }

        @Override
        public void mishap(Throwable bug) {
            throw new AssertionError(bug);
        }

        @Override
        public void connectionLost(String why, boolean answered, boolean sent) {
            throw new AssertionError(why);
        }
    }
}
