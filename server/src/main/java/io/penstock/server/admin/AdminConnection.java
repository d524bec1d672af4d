package io.penstock.server.admin;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.penstock.error.GatewayException;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.Header;
import io.penstock.server.http.RequestHead;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request of the admin API, read strictly and answered off the event loop; then the connection ends, for whoever asks
 * here asks once. Event loop only but for the answer's making.
 */
final class AdminConnection extends ChannelInboundHandlerAdapter {
    static final int BODY_BYTES_MAX = 64 * 1024;

    private static final Logger LOG = LoggerFactory.getLogger(AdminConnection.class);
    private static final int RECEIVE_SECONDS = 10; // it comes from this machine, in one piece

    private final AdminRoutes routes;
    private final Executor executor;
    private final RequestHead head = new RequestHead();
    private final BodyFraming framing = new BodyFraming();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(256);
    private @Nullable ByteBuf unread; // owned
    private String method = "";
    private String path = "";
    private boolean inBody;
    private boolean answered;

    AdminConnection(AdminRoutes routes, Executor executor) {
        this.routes = routes;
        this.executor = executor;
        head.reset();
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        context.executor()
                .schedule(
                        () -> {
                            if (!answered) {
                                context.close();
                            }
                        },
                        RECEIVE_SECONDS,
                        TimeUnit.SECONDS);
    }

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
            if (!answered) {
                read(context, bytes);
            }
        } catch (GatewayException malformed) {
            answer(
                    context,
                    AdminAnswer.error(
                            malformed.error().kind().status(), malformed.error().message()));
        } finally {
            bytes.release();
        }
    }

    private void read(ChannelHandlerContext context, ByteBuf bytes) {
        if (!inBody) {
            if (!head.parse(bytes)) {
                unread =
                        context.alloc().buffer(2 * bytes.readableBytes() + 1024).writeBytes(bytes);
                return;
            }
            method = Bytes.text(bytes, head.methodStart(), head.methodEnd());
            path = Bytes.text(bytes, head.pathStart(), head.pathEnd());
            if (head.has(Header.ORIGIN)) {
                answer(context, AdminAnswer.error(403, "this is not for web pages"));
                return;
            }
            if (head.contentLength() == RequestHead.CHUNKED) {
                framing.beginChunked();
            } else {
                framing.beginLength(head.contentLength());
            }
            bytes.readerIndex(head.end());
            inBody = true;
        }
        int to = bytes.writerIndex();
        byte[] piece = new byte[bytes.readableBytes()];
        for (int i = bytes.readerIndex(); framing.next(bytes, i, to); ) {
            i = framing.payloadEnd();
            int length = i - framing.payloadStart();
            if (body.size() + length > BODY_BYTES_MAX) {
                answer(context, AdminAnswer.error(413, "request body too large: at most " + BODY_BYTES_MAX + " bytes"));
                return;
            }
            bytes.getBytes(framing.payloadStart(), piece, 0, length);
            body.write(piece, 0, length);
        }
        if (framing.problem() != null) {
            answer(context, AdminAnswer.error(400, "failed to read request body: " + framing.problem()));
        } else if (framing.done()) {
            answered = true;
            work(context);
        }
    }

    private void work(ChannelHandlerContext context) {
        byte[] received = body.toByteArray();
        try {
            executor.execute(() -> {
                AdminAnswer made;
                try {
                    made = routes.answer(method, path, received);
                } catch (Throwable bug) { // an Error too: whoever asked must not wait for ever
                    LOG.error("{} {} failed", method, path, bug);
                    made = AdminAnswer.error(500, "internal server error");
                }
                AdminAnswer answer = made;
                context.executor().execute(() -> answer(context, answer));
            });
        } catch (RejectedExecutionException busy) {
            answer(context, AdminAnswer.error(503, "too many requests wait already"));
        }
    }

    private void answer(ChannelHandlerContext context, AdminAnswer answer) {
        answered = true;
        byte[] json = answer.json().getBytes(StandardCharsets.UTF_8);
        ByteBuf out = context.alloc().buffer(json.length + 160);
        out.writeCharSequence(
                "HTTP/1.1 " + answer.status() + " " + (answer.status() < 300 ? "OK" : "Refused")
                        + "\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nContent-Length: "
                        + json.length + "\r\nConnection: close\r\n\r\n",
                StandardCharsets.US_ASCII);
        out.writeBytes(json);
        context.writeAndFlush(out).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        ByteBuf rest = unread;
        unread = null;
        if (rest != null) {
            rest.release();
        }
        context.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("the control connection broke", cause);
        context.close();
    }
}
