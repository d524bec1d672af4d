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

/** An attempt's answer that is a stream, and what its relay tells of it. Event loop only. */
final class StreamAnswer extends AttemptAnswer implements RelayListener {
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

    @Override
    public StreamRelay relay() {
        return relay;
    }

    @Override
    void onBytes(ByteBuf bytes) {
        relay.onBytes(bytes);
        attempt.throttle();
    }

    @Override
    void ended() {
        relay.onClose();
    }

    @Override
    public boolean begun() {
        return relay.begun();
    }

    @Override
    public @Nullable String finishReason() {
        return relay.finishReason();
    }

    @Override
    public boolean closing() {
        return relay.closing();
    }

    @Override
    void closed() {
        relay.complete();
    }

    @Override
    public ByteBuf streamEnd() {
        return relay.releaseEnd();
    }

    @Override
    public void letGo() {
        relay.letGo();
    }

    @Override
    public void answerBegins() {
        attempt.answerBegins();
    }

    @Override
    public void relayed(ByteBuf bytes) {
        attempt.owner().client().relayed(bytes);
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

    @Override
    Outcome outcome() {
        return relay.begun() ? Outcome.CUT : Outcome.FAILED;
    }

    @Override
    public void broken(Throwable bug) {
        attempt.owner().mishap(bug);
    }

    @Override
    public boolean aside(int bytes, Runnable work, Consumer<@Nullable Throwable> done) {
        if (bytes > attempt.loop().resources().largeWork().bytesMax()) {
            return false;
        }
        attempt.pauseReading();
        attempt.work(bytes, work, failure -> {
            done.accept(failure);
            attempt.owner().client().flush();
            attempt.clientWritable(attempt.owner().client().takesMore());
        });
        return true;
    }

    @Override
    public void close() {
        relay.close();
    }
}
