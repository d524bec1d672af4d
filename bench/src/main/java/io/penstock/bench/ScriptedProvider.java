package io.penstock.bench;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A provider of a load run, in a process of its own: answers every request in OpenAI's protocol, plain, or as a stream when
 * its body says so by {@code [[<chunks> <millis between them>]]} in its first 4 KB, or {@code [[<chunks> <millis> <bytes>]]}
 * for events of that size. One write per event, as providers do. Prints its port; ends when standard input does.
 */
public final class ScriptedProvider {
    private static final int SCRIPT_BYTES = 4 * 1024;
    private static final ByteBuf PLAIN = plain();
    private static final ByteBuf STREAM_HEAD = fixed("""
            HTTP/1.1 200 OK\r
            Content-Type: text/event-stream; charset=utf-8\r
            Transfer-Encoding: chunked\r
            \r
            """);
    private static final ByteBuf EVENT =
            fixed(chunk(delta("\"delta\":{\"content\":\" turbine\"}," + "\"logprobs\":null,\"finish_reason\":null")));
    private static final ByteBuf STREAM_END = fixed(chunk(
                    delta("\"delta\":{},\"logprobs\":null,\"finish_reason\":\"stop\""))
            + chunk("{\"id\":\"chatcmpl-CBenchBenchBenchBenchBenchBe\",\"object\":\"chat.completion.chunk\","
                    + "\"created\":1763690000,\"model\":\"mock-model\",\"choices\":[],\"usage\":" + usage() + "}")
            + chunk("[DONE]")
            + "0\r\n\r\n");

    private static final Map<Integer, ByteBuf> LARGE = new HashMap<>(); // events by their size; the one loop's

    private ScriptedProvider() {}

    public static void main(String[] arguments) throws IOException {
        Lab.prepare();
        EventLoopGroup group = Loops.one();
        Channel listener = new ServerBootstrap()
                .group(group)
                .channel(Loops.server())
                .option(ChannelOption.SO_BACKLOG, 4_096)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Connection());
                    }
                })
                .bind("127.0.0.1", 0)
                .syncUninterruptibly()
                .channel();
        System.out.println("port " + ((InetSocketAddress) listener.localAddress()).getPort());
        while (System.in.read() >= 0) {}
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    private static ByteBuf event(int bytes) {
        return bytes == 0
                ? EVENT
                : LARGE.computeIfAbsent(
                        bytes,
                        size -> fixed(chunk(delta("\"delta\":{\"content\":\"" + "penstock".repeat(size / 8)
                                + "\"},\"logprobs\":null,\"finish_reason\":null"))));
    }

    private static String usage() {
        return "{\"prompt_tokens\":210,\"completion_tokens\":200,\"total_tokens\":410,"
                + "\"prompt_tokens_details\":{\"cached_tokens\":128,\"audio_tokens\":0},"
                + "\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0,"
                + "\"accepted_prediction_tokens\":0,\"rejected_prediction_tokens\":0}}";
    }

    private static String delta(String choice) {
        return "{\"id\":\"chatcmpl-CBenchBenchBenchBenchBenchBe\",\"object\":\"chat.completion.chunk\","
                + "\"created\":1763690000,\"model\":\"mock-model\",\"choices\":[{\"index\":0," + choice + "}]}";
    }

    private static String chunk(String json) {
        String event = "data: " + json + "\n\n";
        return Integer.toHexString(event.length()) + "\r\n" + event + "\r\n";
    }

    private static ByteBuf plain() {
        String json = "{\"id\":\"chatcmpl-CBenchBenchBenchBenchBenchBe\",\"object\":\"chat.completion\","
                + "\"created\":1763690000,\"model\":\"mock-model\",\"choices\":[{\"index\":0,\"message\":"
                + "{\"role\":\"assistant\",\"content\":\"A penstock carries the water to the turbine.\","
                + "\"refusal\":null,\"annotations\":[]},\"logprobs\":null,\"finish_reason\":\"stop\"}],\"usage\":"
                + usage()
                + ",\"service_tier\":\"default\"}";
        return fixed("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + json.length()
                + "\r\n\r\n" + json);
    }

    private static ByteBuf fixed(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return Unpooled.unreleasableBuffer(
                Unpooled.directBuffer(bytes.length).writeBytes(bytes).asReadOnly());
    }

    private static final class Connection extends ChannelInboundHandlerAdapter {
        private final byte[] script = new byte[SCRIPT_BYTES];
        private int scripted;
        private long bodyBytes = -1; // still to come; -1: in the head
        private @Nullable ByteBuf head; // owned: not complete yet
        private @Nullable ScheduledFuture<?> events;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            ByteBuf before = head;
            if (before != null) {
                head = null;
                before.writeBytes(bytes);
                bytes.release();
                bytes = before;
            }
            try {
                while (bytes.isReadable() || bodyBytes == 0) {
                    if (bodyBytes < 0 && !head(bytes)) {
                        head = context.alloc().buffer(bytes.readableBytes() * 2).writeBytes(bytes);
                        return;
                    }
                    int part = (int) Math.min(bodyBytes, bytes.readableBytes());
                    int kept = Math.min(part, SCRIPT_BYTES - scripted);
                    bytes.getBytes(bytes.readerIndex(), script, scripted, kept);
                    scripted += kept;
                    bytes.skipBytes(part);
                    bodyBytes -= part;
                    if (bodyBytes == 0) {
                        bodyBytes = -1;
                        answer(context);
                        scripted = 0;
                    }
                }
            } finally {
                bytes.release();
            }
        }

        private boolean head(ByteBuf in) {
            int from = in.readerIndex();
            int lf = from;
            while ((lf = in.indexOf(lf, in.writerIndex(), (byte) '\n')) >= 0) {
                if (lf - from >= 3 && in.getByte(lf - 2) == '\n') {
                    String text = in.toString(from, lf - from, StandardCharsets.ISO_8859_1)
                            .toLowerCase(Locale.ROOT);
                    int at = text.indexOf("\r\ncontent-length:");
                    bodyBytes = at < 0
                            ? 0
                            : Long.parseLong(text.substring(at + 17, text.indexOf('\r', at + 17))
                                    .strip());
                    in.readerIndex(lf + 1);
                    return true;
                }
                lf++;
            }
            return false;
        }

        private void answer(ChannelHandlerContext context) {
            String text = new String(script, 0, scripted, StandardCharsets.ISO_8859_1);
            int from = text.indexOf("[[");
            int to = text.indexOf("]]", from + 2);
            if (from < 0 || to < 0) {
                context.writeAndFlush(PLAIN.duplicate(), context.voidPromise());
                return;
            }
            String[] numbers = text.substring(from + 2, to).split(" ", 3);
            int chunks = Integer.parseInt(numbers[0]);
            int millis = Integer.parseInt(numbers[1]);
            ByteBuf event = event(numbers.length < 3 ? 0 : Integer.parseInt(numbers[2]));
            context.writeAndFlush(STREAM_HEAD.duplicate(), context.voidPromise());
            if (millis > 0) {
                events = context.executor()
                        .scheduleAtFixedRate(new Events(context, event, chunks), 0, millis, TimeUnit.MILLISECONDS);
                return;
            }
            for (int i = 0; i < chunks; i++) {
                context.writeAndFlush(event.duplicate(), context.voidPromise());
            }
            context.writeAndFlush(STREAM_END.duplicate(), context.voidPromise());
        }

        /** The events of one stream, one a call. */
        private final class Events implements Runnable {
            private final ChannelHandlerContext context;
            private final ByteBuf event;
            private int left;

            Events(ChannelHandlerContext context, ByteBuf event, int left) {
                this.context = context;
                this.event = event;
                this.left = left;
            }

            @Override
            public void run() {
                if (left-- > 0) {
                    context.writeAndFlush(event.duplicate(), context.voidPromise());
                } else {
                    stop();
                    context.writeAndFlush(STREAM_END.duplicate(), context.voidPromise());
                }
            }
        }

        private void stop() {
            ScheduledFuture<?> running = events;
            events = null;
            if (running != null) {
                running.cancel(false);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            stop();
            ByteBuf before = head;
            head = null;
            if (before != null) {
                before.release();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
