package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.penstock.error.GatewayError;
import io.penstock.server.http.Bytes;
import org.jspecify.annotations.Nullable;

/** Writes the heads of answers. Static; event loop only. Values come from us, never from a client or provider unchecked. */
public final class Reply {
    private static final byte[] HTTP = Bytes.ascii("HTTP/1.1 ");
    private static final byte[] LENGTH = Bytes.ascii("Content-Length: ");
    private static final byte[] TYPE = Bytes.ascii("Content-Type: ");
    private static final byte[] CRLF = Bytes.ascii("\r\n");
    private static final byte[] CLOSE = Bytes.ascii("Connection: close\r\n");
    private static final byte[] KEEP_ALIVE = Bytes.ascii("Connection: keep-alive\r\n");
    private static final byte[] CHUNKED = Bytes.ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] NO_CACHE = Bytes.ascii("Cache-Control: no-cache\r\nX-Accel-Buffering: no\r\n");
    private static final byte[] NO_STORE = Bytes.ascii("Cache-Control: no-store\r\n");
    private static final byte[] X_REQUEST_ID = Bytes.ascii("x-request-id: ");
    private static final byte[] REQUEST_ID = Bytes.ascii("request-id: ");
    private static final byte[] RETRY_AFTER = Bytes.ascii("Retry-After: ");
    private static final byte[] MODEL = Bytes.ascii("x-penstock-model: ");
    private static final byte[] ROUTE = Bytes.ascii("x-penstock-route: ");
    private static final byte[] ESTIMATE = Bytes.ascii("x-penstock-estimate: true\r\n");
    private static final byte[] OK = Bytes.ascii("HTTP/1.1 200 OK\r\n");

    private static final int HEAD_BYTES = 512; // enough for most

    public static final byte[] JSON = Bytes.ascii("application/json");
    public static final byte[] EVENT_STREAM = Bytes.ascii("text/event-stream; charset=utf-8");
    public static final byte[] TEXT = Bytes.ascii("text/plain; charset=utf-8");
    public static final byte[] CONTINUE = Bytes.ascii("HTTP/1.1 100 Continue\r\n\r\n");

    private Reply() {}

    /** Begins the head of an answer to the request at hand: status, date, type, ids. Room for a body behind it is there. */
    public static ByteBuf begin(HttpConnection client, int status, byte[] type, boolean twoIds, int bodyBytes) {
        ByteBuf out = client.channel().alloc().directBuffer(HEAD_BYTES + bodyBytes);
        status(out, status, client.loop().date());
        type(out, type);
        ids(out, client.requestId(), twoIds);
        return out;
    }

    /** Ends that head, puts the body behind it and writes both. */
    public static void end(HttpConnection client, ByteBuf head, byte[] body) {
        length(client, head, body.length);
        client.write(client.headOnly() ? head : head.writeBytes(body));
    }

    private static void status(ByteBuf out, int status, HttpDate date) {
        if (status == 200) {
            out.writeBytes(OK);
        } else {
            out.writeBytes(HTTP);
            Bytes.writeDecimal(out, status);
            ByteBufUtil.writeAscii(out, " " + reason(status) + "\r\n");
        }
        date.writeLine(out);
    }

    private static void type(ByteBuf out, byte[] type) {
        out.writeBytes(TYPE).writeBytes(type).writeBytes(CRLF);
    }

    private static void ids(ByteBuf out, String requestId, boolean two) {
        line(out, X_REQUEST_ID, requestId);
        if (two) {
            line(out, REQUEST_ID, requestId);
        }
    }

    public static void route(ByteBuf out, @Nullable String model, @Nullable String route) {
        if (model != null && route != null) {
            line(out, MODEL, model);
            line(out, ROUTE, route);
        }
    }

    /** If the error says when to come again. */
    public static void retryAfter(ByteBuf out, GatewayError error) {
        if (error.retryAfterSeconds() >= 0) {
            out.writeBytes(RETRY_AFTER);
            Bytes.writeDecimal(out, error.retryAfterSeconds());
            out.writeBytes(CRLF);
        }
    }

    public static void noStore(ByteBuf out) {
        out.writeBytes(NO_STORE);
    }

    public static void estimate(ByteBuf out) {
        out.writeBytes(ESTIMATE);
    }

    /** Ends the head of an answer whose length is known. */
    public static void length(HttpConnection client, ByteBuf out, int length) {
        out.writeBytes(LENGTH);
        Bytes.writeDecimal(out, length);
        out.writeBytes(CRLF);
        connection(client, out);
        out.writeBytes(CRLF);
    }

    /** Ends the head of a stream: chunks, or for HTTP/1.0 all bytes up to the end of the connection. */
    public static void stream(HttpConnection client, ByteBuf out) {
        out.writeBytes(NO_CACHE);
        if (client.http10()) {
            client.endAtClose();
        } else {
            out.writeBytes(CHUNKED);
        }
        connection(client, out);
        out.writeBytes(CRLF);
    }

    private static void connection(HttpConnection client, ByteBuf out) {
        if (!client.persistent()) {
            out.writeBytes(CLOSE);
        } else if (client.http10()) {
            out.writeBytes(KEEP_ALIVE);
        }
    }

    private static void line(ByteBuf out, byte[] name, String value) {
        out.writeBytes(name);
        ByteBufUtil.writeAscii(out, value);
        out.writeBytes(CRLF);
    }

    private static String reason(int status) {
        return switch (status) {
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 402 -> "Payment Required";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 408 -> "Request Timeout";
            case 413 -> "Content Too Large";
            case 415 -> "Unsupported Media Type";
            case 417 -> "Expectation Failed";
            case 422 -> "Unprocessable Content";
            case 429 -> "Too Many Requests";
            case 431 -> "Request Header Fields Too Large";
            case 500 -> "Internal Server Error";
            case 502 -> "Bad Gateway";
            case 503 -> "Service Unavailable";
            case 504 -> "Gateway Timeout";
            case 505 -> "HTTP Version Not Supported";
            case 529 -> "Overloaded";
            default -> "Status";
        };
    }
}
