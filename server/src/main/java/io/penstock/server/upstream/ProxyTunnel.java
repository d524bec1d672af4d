package io.penstock.server.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import io.penstock.server.http.ResponseHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Asks an HTTP proxy for a tunnel ({@code CONNECT}, RFC 9110 9.3.6) before anything else happens on the connection, then
 * leaves the pipeline. Event loop only.
 */
final class ProxyTunnel extends ChannelInboundHandlerAdapter {
    private final Address address;
    private final ResponseHead head = new ResponseHead();
    private @Nullable ByteBuf unparsed; // owned
    private final Promise<Void> established;
    private boolean done;

    ProxyTunnel(Address address, EventExecutor loop) {
        this.address = address;
        this.established = loop.newPromise();
    }

    /** Succeeds when the tunnel stands; its failure says why there is none. */
    Future<Void> established() {
        return established;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        Address.Proxy proxy = address.proxy();
        String name = address.host().indexOf(':') >= 0 ? "[" + address.host() + "]" : address.host();
        String authority = name + ":" + address.port();
        StringBuilder request = new StringBuilder("CONNECT ").append(authority).append(" HTTP/1.1\r\nHost: ");
        request.append(authority).append("\r\n");
        if (proxy != null && proxy.authorization() != null) {
            request.append("Proxy-Authorization: ")
                    .append(proxy.authorization())
                    .append("\r\n");
        }
        context.writeAndFlush(ByteBufUtil.encodeString(
                context.alloc(), java.nio.CharBuffer.wrap(request.append("\r\n")), StandardCharsets.ISO_8859_1));
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ByteBuf in = (ByteBuf) message;
        if (unparsed != null) {
            unparsed.writeBytes(in);
            in.release();
            in = unparsed;
            unparsed = null;
        }
        if (!head.parse(in)) {
            unparsed = context.alloc().buffer(1024).writeBytes(in);
            in.release();
            return;
        }
        String problem = head.problem();
        if (problem == null && (head.status() < 200 || head.status() > 299)) {
            problem = "status " + head.status();
        } else if (problem == null && head.end() < in.writerIndex()) {
            problem = "bytes behind its answer";
        }
        in.release();
        if (problem != null) {
            fail(context, "the proxy answered CONNECT with " + problem);
            return;
        }
        done = true;
        context.pipeline().remove(this);
        context.fireChannelActive(); // TLS begins now
        established.trySuccess(null);
    }

    private void fail(ChannelHandlerContext context, String why) {
        done = true;
        established.tryFailure(new IOException(why));
        context.close();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        if (unparsed != null) {
            unparsed.release();
            unparsed = null;
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (!done) {
            fail(context, "the proxy closed the connection");
        }
        context.fireChannelInactive();
    }
}
