package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.penstock.error.Blame;
import io.penstock.error.GatewayError;
import io.penstock.error.GatewayError.ProviderRefusal;
import io.penstock.error.GatewayError.ResponseTooLarge;
import io.penstock.error.GatewayError.TooBusy;
import io.penstock.error.GatewayError.UpstreamFailed;
import io.penstock.error.GatewayException;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.provider.Refusal;
import io.penstock.server.face.Operation;
import io.penstock.server.relay.HeldAnswer;
import io.penstock.server.upstream.CountSupport;
import io.penstock.store.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * An attempt's answer that is no stream: held until it is whole, then read, be it good, a refusal or a count of tokens. Event loop
 * only; {@link #close} releases what is held.
 */
final class PlainAnswer extends AttemptAnswer {
    private final Attempt attempt;
    private @Nullable HeldAnswer held; // the connection's, ours until this is closed
    private @Nullable String finishReason;

    PlainAnswer(Attempt attempt, HeldAnswer held) {
        this.attempt = attempt;
        this.held = held;
    }

    private HeldAnswer held() {
        HeldAnswer it = held;
        if (it == null) {
            throw new IllegalStateException("the answer has gone");
        }
        return it;
    }

    @Override
    void onBytes(ByteBuf bytes) {
        if (!held().onBytes(bytes)) {
            attempt.end(Blame.GATEWAY, noRoom(), Outcome.FAILED);
        }
    }

    private GatewayError noRoom() {
        if (!held().tooLarge()) {
            return new TooBusy("the answer finds no room in limits.bodies");
        }
        return attempt.good()
                ? new ResponseTooLarge("it is larger than limits.response")
                : new UpstreamFailed(attempt.providerName(), "status " + attempt.status() + " with a large body");
    }

    @Override
    void ended() {
        ByteBuf json = held().whole(attempt.allocator());
        if (!attempt.good()) {
            refused(json);
        } else if (attempt.owner().client().headSent()) {
            fail(Blame.GATEWAY, "it did not stream its answer");
        } else {
            attempt.times().answeredWhole(); // nobody saw it earlier
            if (attempt.request().operation() == Operation.COUNT_TOKENS) {
                counted(json);
            } else {
                read();
            }
        }
    }

    private void refused(ByteBuf json) {
        Refusal refusal = Refusal.read(
                attempt.status(),
                ByteBufUtil.getBytes(json),
                attempt.providerName(),
                everyModelCan() ? attempt.approach().offer().nativeId() : null,
                attempt.masks(),
                attempt.bridge().foreignErrors(),
                attempt.retryAfterSeconds());
        attempt.end(
                refusal.blame(),
                refusal.error(),
                refusal.error() instanceof ProviderRefusal ? Outcome.REFUSED : Outcome.FAILED);
    }

    /** Whether a 404 is about the model: not where it may say only that the model cannot do this. */
    private boolean everyModelCan() {
        return attempt.request().operation() != Operation.EMBEDDINGS
                && attempt.request().operation() != Operation.COMPLETIONS;
    }

    private void read() {
        Meter meter = attempt.meter();
        HeldAnswer whole = held();
        ProtocolBridge bridge = attempt.bridge();
        HeldAnswer.Found found = whole.look(
                attempt.loop().probe(), bridge, bridge.spoken(), meter.counter(), meter.text(), attempt.masks());
        ByteBuf json = whole.whole(attempt.allocator()); // masked, it is another
        if (found.error() != null) {
            fail(Blame.PROVIDER, found.error().message());
            return;
        }
        if (!found.json()) {
            notJson();
            return;
        }
        if (bridge.translates()) {
            meter.fix();
        }
        finishReason = found.finishReason();
        ProtocolBridge.Reading reading = bridge.reading();
        if (reading == null) {
            good();
        } else if (json.readableBytes() <= LargeWork.BYTES_MIN) {
            read(reading.read(json, attempt.loop().json()));
        } else {
            readLarge(reading, json);
        }
    }

    private void readLarge(ProtocolBridge.Reading reading, ByteBuf json) {
        int bytes = json.readableBytes();
        if (bytes > attempt.loop().resources().largeWork().bytesMax()) {
            if (attempt.bridge().translates()) {
                attempt.end(
                        Blame.GATEWAY,
                        new ResponseTooLarge("it must be translated, and is larger than an eighth of -Xmx"),
                        Outcome.FAILED);
            } else {
                good(); // only looked at, and for the next turn's sake
            }
            return;
        }
        ByteBuf kept = json.retain();
        boolean[] told = new boolean[1];
        attempt.work(bytes, () -> told[0] = reading.read(kept, new JsonOut()), failure -> {
            kept.release();
            if (attempt.over()) {
                attempt.bridge().close();
            } else if (failure == null) {
                read(told[0]);
            } else if (failure instanceof GatewayException refused) {
                attempt.end(Blame.REQUEST, refused.error(), Outcome.REFUSED);
            } else {
                attempt.owner().mishap(failure);
            }
            attempt.owner().client().flush();
        });
    }

    private void read(boolean told) {
        if (told) {
            good();
        } else {
            notJson();
        }
    }

    private void notJson() {
        fail(Blame.PROVIDER, "its answer is not JSON");
    }

    private void fail(Blame blame, @Nullable String why) {
        attempt.end(blame, new UpstreamFailed(attempt.providerName(), why), Outcome.FAILED);
    }

    private void good() {
        attempt.worked();
        attempt.complete();
    }

    private void counted(ByteBuf json) {
        if (counts().answered(json)) {
            attempt.counted();
        } else {
            fail(Blame.GATEWAY, "its answer is no count");
        }
    }

    @Override
    boolean refusedCount() {
        return counts().refused(attempt.status());
    }

    private CountSupport counts() {
        return attempt.approach().target().counts();
    }

    @Override
    public boolean plain() {
        return true;
    }

    @Override
    public ByteBuf told() {
        return attempt.bridge().plain(held().whole(attempt.allocator()));
    }

    @Override
    public @Nullable String finishReason() {
        return finishReason;
    }

    @Override
    public void close() {
        HeldAnswer it = held;
        held = null;
        if (it != null) {
            it.close();
        }
    }
}
