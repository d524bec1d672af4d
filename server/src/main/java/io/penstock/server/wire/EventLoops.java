package io.penstock.server.wire;

import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;

/** The event loops that HTTP servers run on, and what belongs to each. */
public interface EventLoops {
    EventLoopGroup group();

    LoopResources resources(EventLoop loop);
}
