package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayError;
import io.penstock.protocol.BodyScanner;
import io.penstock.server.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * A handler in front of another, to which it passes everything on. What extends it may refuse, answer itself, or look on; who
 * answers itself hears of that request alone what the connection says about it, so it overrides those methods too.
 */
public abstract class RequestFilter implements RequestHandler {
    /** Puts a filter in front of a connection's handler. */
    public interface Factory {
        RequestHandler before(RequestHandler next, HttpConnection client);
    }

    private final RequestHandler next;

    protected RequestFilter(RequestHandler next) {
        this.next = next;
    }

    /** All of them in front of that handler, the first outermost. */
    public static RequestHandler.Factory chain(Iterable<Factory> filters, RequestHandler.Factory last) {
        RequestHandler.Factory chain = last;
        java.util.ArrayDeque<Factory> inwards = new java.util.ArrayDeque<>();
        filters.forEach(inwards::push);
        for (Factory filter : inwards) {
            RequestHandler.Factory behind = chain;
            chain = client -> filter.before(behind.over(client), client);
        }
        return chain;
    }

    protected final RequestHandler next() {
        return next;
    }

    @Override
    public Acceptance accept(RequestHead head, ByteBuf in) {
        return next.accept(head, in);
    }

    @Override
    public @Nullable GatewayError unavailable() {
        return next.unavailable();
    }

    @Override
    public void answer(@Nullable RequestBody body, @Nullable BodyScanner scanner) {
        next.answer(body, scanner);
    }

    @Override
    public void refuse(GatewayError error) {
        next.refuse(error);
    }

    @Override
    public void abandoned() {
        next.abandoned();
    }

    @Override
    public void tick(long nowNanos) {
        next.tick(nowNanos);
    }

    @Override
    public void writable(boolean writable) {
        next.writable(writable);
    }

    @Override
    public void clientLeft() {
        next.clientLeft();
    }

    @Override
    public boolean abort() {
        return next.abort();
    }

    @Override
    public boolean probe() {
        return next.probe();
    }

    @Override
    public boolean mishap(Throwable bug) {
        return next.mishap(bug);
    }
}
