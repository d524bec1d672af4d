package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.penstock.error.Blame;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.ResponseTooLarge;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.error.GatewayError.UpstreamFailed;
import io.penstock.provider.Refusal;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.relay.EventRewriter;
import io.penstock.server.relay.RelayListener;
import io.penstock.server.relay.RelayResources;
import io.penstock.server.relay.RelayTask;
import io.penstock.server.relay.StreamRelay;
import io.penstock.store.Outcome;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An attempt's answer that is a stream, and what its relay tells of it. Event loop only; {@link #close} releases what is held. */
final class StreamAnswer implements RelayListener, AutoCloseable {
    private final Attempt attempt;
    private final StreamRelay relay; // owned
    private final boolean rewritten;

    StreamAnswer(Attempt attempt, ProtocolBridge bridge, BodyFraming framing, boolean clientChunked) {
        this.attempt = attempt;
        LoopUpstreams loop = attempt.loop();
        Meter meter = attempt.meter();
        EventRewriter rewriter = bridge.rewriter();
        rewritten = rewriter != null;
        relay = new StreamRelay(
                this,
                framing,
                meter.counter(),
                meter.text(),
                new RelayTask(
                        bridge.spoken(), bridge.dropsUsage(), clientChunked, rewriter, attempt.masks(), bridge.watch()),
                new RelayResources(
                        attempt.allocator(),
                        loop.probe(),
                        loop.resources().buffers(),
                        loop.resources().heap()));
    }

    StreamRelay relay() {
        return relay;
    }

    @Override
    public void answerBegins() {
        attempt.answerBegins();
    }

    @Override
    public void relayed(ByteBuf bytes) {
        attempt.owner().relayed(bytes);
    }

    @Override
    public void answerComplete() {
        attempt.answerComplete();
    }

    @Override
    public void errorEvent(boolean begun, String type, String message) {
        attempt.end(
                Blame.PROVIDER, Refusal.event(attempt.providerName(), type, message), outcome(), begun && !rewritten);
    }

    @Override
    public void relayFailed(String why) {
        end(Blame.PROVIDER, new UpstreamFailed(attempt.providerName(), why));
    }

    @Override
    public void noRoom() { // no fault of the provider's, as those below
        end(Blame.GATEWAY, new TooBusy("what must be held of the stream finds no room in limits.bodies"));
    }

    @Override
    public void tooLarge(String why) {
        end(Blame.GATEWAY, new ResponseTooLarge(why));
    }

    private void end(Blame blame, GatewayError error) {
        attempt.end(blame, error, outcome());
    }

    /** Of the exchange, if the stream ends here. */
    Outcome outcome() {
        return relay.begun() ? Outcome.CUT : Outcome.FAILED;
    }

    @Override
    public void broken(Throwable bug) {
        attempt.owner().mishap(bug);
    }

    @Override
    public boolean aside(int bytes, Runnable work, Consumer<@Nullable Throwable> done) {
        return attempt.aside(bytes, work, done);
    }

    @Override
    public void close() {
        relay.close();
    }
}
