package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.protocol.translate.Translation;
import io.penstock.server.face.openrouter.Bill;
import io.penstock.server.http.Bytes;
import io.penstock.server.relay.EventRewriter;
import io.penstock.server.relay.StreamRelay;
import org.jspecify.annotations.Nullable;

/**
 * Writes a provider's events anew in another protocol, and then, on a face that has a dialect of its own, in that dialect. The
 * last events wait for the settlement, so that the usage they tell is the one that was billed. Event loop only.
 */
final class TranslatedEvents implements EventRewriter {
    private static final byte[] DATA = Bytes.ascii("data: ");
    private static final byte[] PING_COMMENT = Bytes.ascii(": ping\n\n");
    private static final byte[] PING_EVENT = Bytes.ascii("event: ping\ndata: {\"type\": \"ping\"}\n\n");

    private static final int DATA_BYTES = 512; // an event of most providers
    private static final int DATA_BYTES_KEPT = 64 * 1024;

    private final Translation translation;
    private final Protocol client;
    private final Bill bill;
    private final @Nullable EventRewriter dialect;
    private JsonOut json;
    private byte[] data = new byte[DATA_BYTES]; // of the event at hand
    private @Nullable String problem;
    private @Nullable Throwable fault;

    /**
     * @param dialect that what is translated is written in; null for the protocol's own
     * @param json scratch memory of this loop
     */
    TranslatedEvents(
            Translation translation, Protocol client, Bill bill, @Nullable EventRewriter dialect, JsonOut json) {
        this.translation = translation;
        this.client = client;
        this.bill = bill;
        this.dialect = dialect;
        this.json = json;
    }

    @Override
    public void read(ByteBuf in, int from, int to) {
        data = Bytes.copy(in, from, to, data);
        translation.read(data, 0, to - from);
    }

    @Override
    public @Nullable AnswerProbe probe(Protocol provider, ScriptCounter text) {
        return translation.probe(text);
    }

    @Override
    public void write(ByteBuf out) {
        translate();
        tell(out);
    }

    @Override
    public void event(ByteBuf in, int from, int to, ByteBuf out) {
        JsonOut ofLoop = json;
        json = new JsonOut();
        try {
            read(in, from, to);
            write(out);
        } finally {
            json = ofLoop;
        }
    }

    /** Translates the event read last. */
    private void translate() {
        json.clear();
        try {
            if (!translation.event(json)) {
                problem = StreamRelay.NOT_JSON;
            }
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError bug) {
            fault = bug; // half an event must not leave, and the relay must let go of its buffers
            json.clear();
        }
        if (data.length > DATA_BYTES_KEPT) {
            data = new byte[DATA_BYTES];
        }
    }

    private void tell(ByteBuf out) {
        if (dialect == null) {
            out.writeBytes(json.bytes(), 0, json.length());
            return;
        }
        ByteBuf events = Unpooled.wrappedBuffer(json.bytes(), 0, json.length());
        for (int line = 0; line < json.length(); ) {
            int end = Bytes.indexOfLineEnd(events, line, json.length());
            if (holdsJson(events, line, end)) {
                dialect.read(events, line + DATA.length, end);
                dialect.write(out);
            }
            line = end + 1;
        }
    }

    private static boolean holdsJson(ByteBuf events, int line, int end) {
        return Bytes.startsWith(events, line, end, DATA) && events.getByte(line + DATA.length) == '{';
    }

    /** Of the Responses protocol, whose last event tells how it ended; the others' say nothing more. */
    @Override
    public void last() {
        translate();
        last = json.toBytes();
    }

    private byte[] last = {}; // what the provider's last event made, until the settlement

    @Override
    public void blank(ByteBuf in, int from, int to, ByteBuf out) {
        if (in.getByte(from) == ':' || to - from <= 2) {
            out.writeBytes(in, from, to - from);
        } else {
            out.writeBytes(client == Protocol.ANTHROPIC ? PING_EVENT : PING_COMMENT);
        }
    }

    @Override
    public boolean wantsJson() {
        return true;
    }

    @Override
    public @Nullable String problem() {
        return problem;
    }

    @Override
    public @Nullable Throwable fault() {
        return fault;
    }

    @Override
    public int heldBytes() {
        return translation.heldBytes() + last.length;
    }

    @Override
    public void end(ByteBuf out) {
        json.clear();
        translation.end(bill.usage(), json);
        if (dialect == null) {
            out.writeBytes(last).writeBytes(json.bytes(), 0, json.length());
            return;
        }
        // the dialect's own end tells usage and the last word: what ours says of them is not its business
        ByteBuf events = Unpooled.wrappedBuffer(last, json.toBytes());
        boolean any = false;
        for (int line = 0; line < events.readableBytes(); ) {
            int end = Bytes.indexOfLineEnd(events, line, events.readableBytes());
            if (holdsJson(events, line, end)) {
                if (any) {
                    dialect.write(out);
                }
                dialect.read(events, line + DATA.length, end);
                any = true;
            }
            line = end + 1;
        }
        if (any && client == Protocol.OPENAI) {
            dialect.write(out); // a chunk as any other: its last word is no JSON
        } else if (any) {
            dialect.last();
        }
        dialect.end(out);
    }
}
