package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ProviderError;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.server.http.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Looks at each event of a provider's stream, once: takes its usage, counts what it delivers, and says by the rules of its
 * protocol what is to become of it. Of the event judged last it knows where its data stands. Event loop only; {@link #close}
 * releases what is held.
 */
final class EventJudge implements AutoCloseable {
    private static final byte[] DONE = Bytes.ascii("[DONE]");
    private static final byte[] MESSAGE_STOP = Bytes.ascii("message_stop");
    private static final byte[] MESSAGE_START = Bytes.ascii("message_start");
    private static final byte[] MESSAGE_DELTA = Bytes.ascii("message_delta");
    private static final byte[] TYPE_ERROR = Bytes.ascii("error");
    private static final byte[] TYPE_PING = Bytes.ascii("ping");
    private static final byte[] RESPONSE_CREATED = Bytes.ascii("response.created");
    private static final byte[] RESPONSE_QUEUED = Bytes.ascii("response.queued");
    private static final byte[] RESPONSE_IN_PROGRESS = Bytes.ascii("response.in_progress");
    private static final byte[] RESPONSE_COMPLETED = Bytes.ascii("response.completed");
    private static final byte[] RESPONSE_INCOMPLETE = Bytes.ascii("response.incomplete");
    private static final byte[] RESPONSE_FAILED = Bytes.ascii("response.failed");

    private static final int BLANK_BYTES_MAX = 2; // a line end

    private final RelayTask task;
    private final Protocol protocol;
    private final JsonProbe inPlace;
    private final @Nullable EventRewriter rewriter;
    private final UsageCounter usage;
    private final ScriptCounter text;
    private final EventData data;
    private final @Nullable UnaskedUsage unasked; // the relay's
    private final ResponseNumbers numbers = new ResponseNumbers();
    private boolean begun;
    private boolean closing;
    private boolean again; // the event at hand was judged before, unmasked: it counts no more
    private AnswerProbe probe; // what the event judged last says
    private boolean looked; // at it
    private boolean read; // by the rewriter
    private boolean odd;
    private @Nullable String finishReason;
    private boolean delivered;
    private boolean outputTold; // by the event that tells it at the end, not by Anthropic's first, which guesses

    EventJudge(
            RelayTask task,
            RelayResources resources,
            UsageCounter usage,
            ScriptCounter text,
            @Nullable UnaskedUsage unasked) {
        this.task = task;
        this.protocol = task.protocol();
        this.inPlace = resources.probe();
        this.probe = inPlace;
        this.rewriter = task.rewriter();
        this.usage = usage;
        this.text = text;
        this.unasked = unasked;
        this.data = new EventData(resources.allocator());
    }

    // ---- What it knows of the event judged last

    EventData data() {
        return data;
    }

    /** What was found in its data. */
    AnswerProbe found() {
        return probe;
    }

    /** Where in its data the name of a usage begins, where nothing is written anew; -1 if it has none. */
    int usageMember() {
        return inPlace.usageMember();
    }

    /** Whether it was looked at; else it is a last word that is no JSON. */
    boolean looked() {
        return looked;
    }

    /** Whether the rewriter has read it; else it is large. */
    boolean read() {
        return read;
    }

    /** The event without our credentials, its data in one line; null if it holds none. */
    byte @Nullable [] masked(ByteBuf in, int from, int to) {
        return odd ? task.masks().known(data.event(in, from, to)) : null;
    }

    /** An event that tells an error, without credentials and what looks like one; null if it may pass as it is. */
    byte @Nullable [] maskedError(ByteBuf in, int from, int to) {
        return task.masks().inError(data.event(in, from, to));
    }

    /** The error that it tells. */
    ProviderError error() {
        byte[] json = probe.error();
        return ProviderError.read(json, 0, json.length, task.masks()::inError);
    }

    /** Whether the chunk may be the last that stays: from the finish on, but not if it goes on with another choice. */
    boolean mayBeLast() {
        return probe.finishes() || finishReason != null && !probe.delivers();
    }

    // ---- What it knows of the answer

    /** The finish or stop reason that came last; null while none did. */
    @Nullable
    String finishReason() {
        return finishReason;
    }

    /** Whether text, reasoning, tool arguments or sound were delivered. */
    boolean delivered() {
        return delivered;
    }

    ResponseNumbers numbers() {
        return numbers;
    }

    /** Whether the usage that came is that of the whole answer. */
    boolean usageComplete() {
        return protocol != Protocol.ANTHROPIC || outputTold;
    }

    /** From here on the answer has begun. */
    void begins() {
        begun = true;
    }

    /** From here on only what may stand behind the last event is expected. */
    void closes() {
        closing = true;
    }

    // ---- Judging

    /** The verdict on an event that was judged before and is masked now. */
    Verdict again(ByteBuf in, int from, int to) {
        again = true;
        try {
            return judge(in, from, to);
        } finally {
            again = false;
        }
    }

    /** Looks at the one whole event {@code [from, to)} of {@code in}. */
    Verdict judge(ByteBuf in, int from, int to) {
        switch (data.find(in, from, to, !begun)) {
            case BARE_ERROR -> {
                return Verdict.BARE_ERROR;
            }
            case NO_DATA -> {
                odd = to - from > BLANK_BYTES_MAX; // a provider may tell anything in a comment
                return Verdict.BLANK;
            }
            case DATA -> {}
        }
        odd = false;
        looked = false;
        if ((protocol == Protocol.OPENAI || closing) && data.startsWith(in, DONE)) {
            return Verdict.END;
        }
        return closing ? Verdict.PASS : verdict(data.in(in));
    }

    private Verdict verdict(ByteBuf in) {
        look(in, again ? new ScriptCounter() : text);
        odd = probe.odd();
        if (probe.broken()) {
            return Verdict.PASS;
        }
        EventWatch watch = task.watch();
        if (watch != null && !again) {
            watch.event(in, data.start(), data.end());
        }
        delivered |= probe.delivers();
        if (protocol == Protocol.RESPONSES) {
            return responses(in);
        }
        if (probe.finishes()) {
            finishReason = probe.finishReason();
        }
        return protocol == Protocol.OPENAI ? openai() : anthropic();
    }

    /** An event that is written anew is read for that, and what was read tells what it says; any other is looked at in place. */
    private void look(ByteBuf in, ScriptCounter counter) {
        looked = true;
        EventRewriter by = rewriter;
        read = by != null && data.length() < LargeEvent.BYTES_MIN;
        AnswerProbe says = null;
        if (by != null && read) {
            by.read(in, data.start(), data.end());
            says = by.probe(protocol, counter);
        }
        if (says == null) {
            inPlace.look(in, data.start(), data.end(), protocol, counter);
            says = inPlace;
        }
        probe = says;
    }

    /** What only says that work has begun waits for more: a failure that comes first can then be a true HTTP error. */
    private Verdict responses(ByteBuf in) {
        if (probe.hasUsage()) {
            probe.readUsage(usage);
        }
        if (probe.typeIs(RESPONSE_COMPLETED) || probe.typeIs(RESPONSE_INCOMPLETE)) {
            finishReason = probe.finishes() ? probe.finishReason() : null;
            return Verdict.END;
        }
        if (probe.typeIs(RESPONSE_FAILED) || probe.typeIs(TYPE_ERROR)) {
            return Verdict.ERROR; // not numbered: the last word is ours, if it does not pass as it is
        }
        if (!again) {
            numbers.passes();
        }
        if (begun
                || !probe.typeIs(RESPONSE_CREATED)
                        && !probe.typeIs(RESPONSE_IN_PROGRESS)
                        && !probe.typeIs(RESPONSE_QUEUED)) {
            return Verdict.PASS;
        }
        numbers.first(data, in);
        return Verdict.BLANK;
    }

    private Verdict openai() {
        if (probe.hasUsage()) {
            probe.readUsage(usage);
        }
        if (probe.hasError()) {
            return Verdict.ERROR;
        }
        UnaskedUsage by = unasked;
        if (by != null) {
            return inPlace.usageMember() >= 0 || by.holds() || mayBeLast() ? Verdict.TRIM : Verdict.PASS;
        }
        return task.usageUnasked() && probe.hasUsage() && probe.choicesEmpty() ? Verdict.DROP : Verdict.PASS;
    }

    private Verdict anthropic() {
        if (probe.typeIs(MESSAGE_STOP)) {
            return Verdict.END;
        }
        if (probe.typeIs(TYPE_ERROR)) {
            return Verdict.ERROR;
        }
        if (probe.hasUsage() && (probe.typeIs(MESSAGE_START) || probe.typeIs(MESSAGE_DELTA))) {
            probe.readUsage(usage);
            outputTold |= probe.typeIs(MESSAGE_DELTA);
        }
        return probe.typeIs(TYPE_PING) ? Verdict.BLANK : Verdict.PASS;
    }

    /** Lets go of the event judged last. */
    @Override
    public void close() {
        data.close();
    }
}
