package io.penstock.server.wire;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The clock of deadlines goes on whatever fails in it. */
class LoopResourcesTest {
    private static final long HEAD_NANOS = 200_000_000L;

    private final HttpServer server =
            new HttpServer(new WireLimits(1_000, HEAD_NANOS, HEAD_NANOS, HEAD_NANOS, 10), new MemoryBudget(1_000_000));

    @Test
    void anErrorInOneConnectionDoesNotStopTheClockOfAll() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        EventLoop eventLoop = group.next();
        try {
            LoopResources loop = new LoopResources(eventLoop, server::room);
            loop.start();
            EmbeddedChannel late = eventLoop
                    .submit(() -> {
                        EmbeddedChannel unfinished = connected(new EmbeddedChannel(), loop);
                        unfinished.writeInbound(Unpooled.wrappedBuffer(Answer.ascii("POST / HT")));
                        Broken broken = new Broken();
                        connected(broken, loop); // looked at first, for it came last
                        broken.broken = true;
                        return unfinished;
                    })
                    .get();
            Await.until(
                    "the deadline of the other connection",
                    () -> eventLoop
                            .submit(() -> !late.outboundMessages().isEmpty())
                            .syncUninterruptibly()
                            .getNow());
            eventLoop.submit(() -> late.finishAndReleaseAll()).sync();
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private EmbeddedChannel connected(EmbeddedChannel channel, LoopResources loop) {
        channel.pipeline().addLast(new HttpChannelHandler(channel, loop, server, Echo::new));
        return channel;
    }

    /** A channel that fails whoever asks it anything, as nothing ever should. */
    private static final class Broken extends EmbeddedChannel {
        private boolean broken;

        @Override
        public Unsafe unsafe() {
            if (broken) {
                throw new StackOverflowError("as the test wants it");
            }
            return super.unsafe();
        }
    }
}
