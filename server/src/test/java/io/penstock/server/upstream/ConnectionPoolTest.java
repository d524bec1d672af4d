package io.penstock.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.ScriptedProvider;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The pool by itself, on every transport that this machine has. */
@ParameterizedClass
@MethodSource("transports")
class ConnectionPoolTest {
    private static final int CONNECT_MILLIS = 5_000;

    private final ScriptedProvider provider = new ScriptedProvider();
    private final Address address = new Address("127.0.0.1", provider.port(), null, null);
    private final EventLoopGroup group;
    private final EventLoop loop;
    private final ConnectionPool pool;

    static Stream<String> transports() {
        return Epoll.isAvailable() ? Stream.of("epoll", "nio") : Stream.of("nio");
    }

    ConnectionPoolTest(String transport) {
        boolean epoll = transport.equals("epoll");
        group = new MultiThreadIoEventLoopGroup(1, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        loop = group.next();
        pool = new ConnectionPool(
                loop, epoll ? EpollSocketChannel.class : NioSocketChannel.class, Runnable::run, CONNECT_MILLIS);
    }

    @AfterEach
    void stop() throws Exception {
        loop.submit(() -> pool.closeIdle()).sync();
        provider.close();
        group.shutdownGracefully(0, Await.SECONDS, TimeUnit.SECONDS).sync();
    }

    private Asking ask() {
        Asking asking = new Asking();
        loop.execute(() -> pool.acquire(address, false, asking));
        return asking;
    }

    @Test
    void anIdleConnectionWithBytesUnreadServesNobody() throws Exception {
        CountDownLatch now = new CountDownLatch(1);
        provider.always(call -> call.send(Answer.json(200, "good")));
        provider.next(call -> call.send(Answer.json(200, "good")).pause(now).send(Answer.json(200, "poison")));
        Asking first = ask();
        assertThat(first.end()).isEqualTo("good");

        Asking second = new Asking();
        loop.submit(() -> {
                    now.countDown();
                    Await.until(
                            "the bytes to arrive", () -> provider.links().get(0).unread());
                    pool.acquire(address, false, second);
                })
                .sync();

        assertThat(second.end()).isEqualTo("good");
        assertThat(second.connection()).isNotSameAs(first.connection());
        Asking third = ask();
        assertThat(third.end()).isEqualTo("good");
        assertThat(third.connection()).isSameAs(second.connection());
        assertThat(pool.open()).isEqualTo(1);
    }
}
