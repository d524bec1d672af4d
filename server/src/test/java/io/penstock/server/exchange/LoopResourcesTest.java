package io.penstock.server.exchange;

import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import io.penstock.server.upstream.Resolver;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The clock of deadlines goes on whatever fails in it. */
class LoopResourcesTest {
    @Test
    void anErrorInOneConnectionDoesNotStopTheClockOfAll() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        EventLoop eventLoop = group.next();
        try (Lab lab = Lab.with(limits -> limits.head(Duration.ofMillis(200)));
                Resolver names = new Resolver()) {
            Services services = lab.gateway().gateway().services();
            LoopResources loop = new LoopResources(services, eventLoop, NioSocketChannel.class, names, 100);
            loop.start();
            EmbeddedChannel late = eventLoop
                    .submit(() -> {
                        EmbeddedChannel unfinished = new EmbeddedChannel(new ClientConnection(loop));
                        unfinished.writeInbound(Unpooled.wrappedBuffer(Answer.ascii("POST / HT")));
                        new Broken(loop).broken = true; // looked at first, for it came last
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

    /** A channel that fails whoever asks it anything, as nothing ever should. */
    private static final class Broken extends EmbeddedChannel {
        private boolean broken;

        Broken(LoopResources loop) {
            super(new ClientConnection(loop));
        }

        @Override
        public Unsafe unsafe() {
            if (broken) {
                throw new StackOverflowError("as the test wants it");
            }
            return super.unsafe();
        }
    }
}
