package io.penstock.server.wire;

import io.netty.channel.Channel;
import java.util.function.Consumer;

/** The connections of clients, for tests of other packages. Static methods. */
public final class Connections {
    private Connections() {}

    /** Each that is open on that loop, which is the caller's. */
    public static void each(LoopResources loop, Consumer<Channel> action) {
        loop.each(it -> {
            if (it instanceof HttpChannelHandler connection) {
                action.accept(connection.channel());
            }
        });
    }
}
