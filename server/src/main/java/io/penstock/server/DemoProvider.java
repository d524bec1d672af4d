package io.penstock.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.penstock.error.GatewayException;
import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.JsonText;
import io.penstock.protocol.Protocol;
import io.penstock.provider.Endpoint;
import io.penstock.provider.Provider;
import io.penstock.server.config.ModelConfig;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.RequestHead;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The provider of a gateway that has none: it speaks both protocols on a loopback port of its own, is reached by the same
 * relay as any other, streams word by word, and says plainly that it is a demo. So the first {@code curl} works offline.
 */
final class DemoProvider implements AutoCloseable {
    static final String ID = "demo";
    static final String MODEL = "hello";

    private static final String[] WORDS =
            ("Hello! This is Penstock's built-in demo, not a language model: your request went "
                            + "through key, router, hold, relay and ledger, and this text came back word by word, as a real answer "
                            + "would. Set OPENAI_API_KEY, ANTHROPIC_API_KEY or another provider's key and start again, and real "
                            + "models take my place.")
                    .split("(?<= )", -1);
    private static final long WORD_MILLIS = 20;

    private final Channel listener;

    private DemoProvider(Channel listener) {
        this.listener = listener;
    }

    static DemoProvider start(Transport transport, EventLoopGroup group) {
        Channel listener = new ServerBootstrap()
                .group(group)
                .channel(transport.server())
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Speaker());
                    }
                })
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .syncUninterruptibly()
                .channel();
        return new DemoProvider(listener);
    }

    ProviderRegistryBuilder.Local offered(ProviderRegistryBuilder builder) {
        return offered(builder, ((InetSocketAddress) listener.localAddress()).getPort());
    }

    static ProviderRegistryBuilder.Local offered(ProviderRegistryBuilder builder, int port) {
        String base = "http://127.0.0.1:" + port;
        Provider provider = Provider.of(
                ID,
                Endpoint.of(Protocol.OPENAI, base + "/v1").withoutCompletions(),
                Endpoint.of(Protocol.ANTHROPIC, base));
        return new ProviderRegistryBuilder.Local(
                provider,
                List.of(LocalModel.chat(ModelConfig.builder(MODEL).build())),
                "built in, because no provider is configured",
                builder.targets(provider));
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
    }

    /** One connection; one request at a time. Event loop only. */
    private static final class Speaker extends ChannelInboundHandlerAdapter {
        private static final byte[] MESSAGES = Bytes.ascii("/v1/messages");

        private final RequestHead head = new RequestHead();
        private final BodyFraming framing = new BodyFraming();
        private final BodyScanner scanner = new BodyScanner();
        private @Nullable ByteBuf unread; // owned
        private boolean inBody;
        private boolean anthropic;

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            ByteBuf before = unread;
            unread = null;
            if (before != null) {
                before.writeBytes(bytes);
                bytes.release();
                bytes = before;
            }
            try {
                read(context, bytes);
            } catch (GatewayException malformed) {
                context.close();
            } finally {
                bytes.release();
            }
        }

        private void read(ChannelHandlerContext context, ByteBuf bytes) {
            if (!inBody) {
                head.reset();
                if (!head.parse(bytes)) {
                    unread = context.alloc()
                            .buffer(2 * bytes.readableBytes() + 1024)
                            .writeBytes(bytes);
                    return;
                }
                anthropic = Bytes.startsWith(bytes, head.pathStart(), head.pathEnd(), MESSAGES);
                bytes.readerIndex(head.end());
                framing.beginLength(Math.max(0, head.contentLength()));
                scanner.reset();
                inBody = true;
            }
            byte[] piece = new byte[bytes.readableBytes()];
            int to = bytes.writerIndex();
            for (int i = bytes.readerIndex(); framing.next(bytes, i, to); ) {
                i = framing.payloadEnd();
                int length = i - framing.payloadStart();
                bytes.getBytes(framing.payloadStart(), piece, 0, length);
                scanner.feed(piece, 0, length);
            }
            if (framing.done()) {
                inBody = false;
                answer(context);
            }
        }

        private void answer(ChannelHandlerContext context) {
            boolean stream = scanner.finish() && scanner.request().stream();
            int input = Math.max(1, (int) scanner.request().textBytes() / 4);
            if (!stream) {
                byte[] body = whole(input).getBytes(StandardCharsets.UTF_8);
                write(
                        context,
                        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length
                                + "\r\n\r\n" + new String(body, StandardCharsets.UTF_8));
                return;
            }
            write(
                    context,
                    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
                            + chunk(
                                    anthropic
                                            ? messageStart(input)
                                            : delta("{\"role\":\"assistant\",\"content\":\"\"}")));
            say(context, 0, input);
        }

        private void say(ChannelHandlerContext context, int word, int input) {
            if (!context.channel().isActive()) {
                return;
            }
            if (word == WORDS.length) {
                write(context, chunk(anthropic ? messageEnd() : chatEnd(input)) + "0\r\n\r\n");
                return;
            }
            String text = JsonText.quote(new StringBuilder(), WORDS[word]).toString();
            write(
                    context,
                    chunk(
                            anthropic
                                    ? event(
                                            "content_block_delta",
                                            "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":" + text + "}")
                                    : delta("{\"content\":" + text + "}")));
            context.executor().schedule(() -> say(context, word + 1, input), WORD_MILLIS, TimeUnit.MILLISECONDS);
        }

        private String whole(int input) {
            String text =
                    JsonText.quote(new StringBuilder(), String.join("", WORDS)).toString();
            return anthropic
                    ? "{\"id\":\"msg_demo\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"" + MODEL
                            + "\",\"content\":[{\"type\":\"text\",\"text\":" + text
                            + "}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":"
                            + input
                            + ",\"output_tokens\":" + WORDS.length + "}}"
                    : "{\"id\":\"chatcmpl-demo\",\"object\":\"chat.completion\",\"created\":0,\"model\":\"" + MODEL
                            + "\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":" + text
                            + "},\"finish_reason\":\"stop\"}],\"usage\":" + usage(input) + "}";
        }

        private static String usage(int input) {
            return "{\"prompt_tokens\":" + input + ",\"completion_tokens\":" + WORDS.length + ",\"total_tokens\":"
                    + (input + WORDS.length) + "}";
        }

        private static String delta(String delta) {
            return chatChunk("[{\"index\":0,\"delta\":" + delta + ",\"finish_reason\":null}]");
        }

        private static String chatChunk(String choices) {
            return "data: {\"id\":\"chatcmpl-demo\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\""
                    + MODEL + "\",\"choices\":" + choices + "}\n\n";
        }

        private static String chatEnd(int input) {
            return chatChunk("[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]")
                    + "data: {\"id\":\"chatcmpl-demo\",\"object\":\"chat.completion.chunk\",\"created\":0,\"model\":\""
                    + MODEL + "\",\"choices\":[],\"usage\":" + usage(input) + "}\n\ndata: [DONE]\n\n";
        }

        private static String messageStart(int input) {
            return event(
                            "message_start",
                            "\"message\":{\"id\":\"msg_demo\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\""
                                    + MODEL
                                    + "\",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,\"usage\":{\"input_tokens\":"
                                    + input + ",\"output_tokens\":0}}")
                    + event("content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}");
        }

        private static String messageEnd() {
            return event("content_block_stop", "\"index\":0")
                    + event(
                            "message_delta",
                            "\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":"
                                    + WORDS.length + "}")
                    + "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
        }

        private static String event(String type, String members) {
            return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
        }

        private static String chunk(String text) {
            return Integer.toHexString(text.getBytes(StandardCharsets.UTF_8).length) + "\r\n" + text + "\r\n";
        }

        private static void write(ChannelHandlerContext context, String text) {
            ByteBuf out = context.alloc().buffer(text.length());
            out.writeCharSequence(text, StandardCharsets.UTF_8);
            context.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (unread != null) {
                unread.release();
                unread = null;
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            context.close();
        }
    }
}
