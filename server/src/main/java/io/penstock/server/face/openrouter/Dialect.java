package io.penstock.server.face.openrouter;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.Utf8;
import io.penstock.protocol.translate.JsonTape;
import io.penstock.protocol.translate.TapeProbe;
import io.penstock.server.http.Bytes;
import io.penstock.server.relay.EventRewriter;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * A stream of events in a dialect of our own. An event is indexed once, and the index answers what the relay asks of it and is
 * what the event is written anew from; a large one is read by a parser, away from the event loop. What is not a JSON object is
 * dropped, because every client's parser would stop at it; the relay goes on, and what it delivered is counted. Event loop only.
 */
abstract class Dialect implements EventRewriter {
    private static final int BYTES = 512; // an event of most providers
    private static final int ADDED_BYTES = 1024; // to a whole answer: usage, ids and names
    private static final int BYTES_KEPT = 64 * 1024;

    private final JsonTape tape = new JsonTape(JsonCopy.DEPTH_MAX);
    private final TapeProbe probe = new TapeProbe(tape);
    private final TapeCopy copy = new TapeCopy(tape);
    private byte[] scratch = new byte[BYTES];
    private byte[] event = scratch; // read last: the same, or repaired
    private int length;
    private boolean json; // it is
    private boolean told; // as it was read: what is not UTF-8 was not repaired

    /** Writes an event; false, or at any point a {@link JacksonException}, if it is not to be told: what was written is forgotten then. */
    abstract boolean event(JsonCopy event, ByteBuf out);

    @Override
    public final void read(ByteBuf in, int from, int to) {
        length = to - from;
        scratch = Bytes.copy(in, from, to, scratch);
        event = scratch;
        told = Utf8.valid(scratch, 0, length);
        if (!told) {
            event = Utf8.repaired(scratch, 0, length); // a client's parser would stop at it
            length = event.length;
        }
        oneLine(event, length);
        json = tape.parse(event, 0, length);
    }

    @Override
    public final @Nullable AnswerProbe probe(Protocol protocol, ScriptCounter text) {
        return json && told ? probe.look(protocol, text) : null;
    }

    @Override
    public final void write(ByteBuf out) {
        if (json && tape.isObject(JsonTape.ROOT)) {
            copy.document(event, length, out);
            int start = out.writerIndex();
            if (!event(copy, out)) {
                out.writerIndex(start);
            }
        }
        if (scratch.length > BYTES_KEPT) {
            scratch = new byte[BYTES];
        }
        event = scratch;
        length = 0;
        json = false;
        tape.clear();
    }

    @Override
    public final void event(ByteBuf in, int from, int to, ByteBuf out) {
        event(line(in, from, to), out);
    }

    /** Writes an event, an object in one line. False if it is not to be told. */
    final boolean event(byte[] line, ByteBuf out) {
        int start = out.writerIndex();
        boolean says = false;
        try (StreamCopy parsed = new StreamCopy(line, out)) {
            says = event(parsed, out);
        } catch (JacksonException notJson) {
            says = false;
        }
        if (!says) {
            out.writerIndex(start);
        }
        return says;
    }

    /**
     * A whole answer, written anew by {@code writer}. The result is the caller's; {@code answer} is left alone. What is not a JSON object comes out as
     * it is.
     */
    static ByteBuf whole(ByteBuf answer, Consumer<JsonCopy> writer) {
        byte[] bytes = bytes(answer, answer.readerIndex(), answer.writerIndex());
        ByteBuf out = answer.alloc().directBuffer(bytes.length + ADDED_BYTES);
        try (StreamCopy json = new StreamCopy(bytes, out)) {
            writer.accept(json);
        } catch (JacksonException notJson) {
            out.clear().writeBytes(answer, answer.readerIndex(), answer.readableBytes());
        }
        return out;
    }

    /** The event read last, or what stands for it where it is not UTF-8: in one line, as an event's data must be. */
    final byte[] line() {
        return Arrays.copyOf(event, length);
    }

    private static byte[] line(ByteBuf from, int start, int end) {
        byte[] json = bytes(from, start, end);
        oneLine(json, json.length);
        return json;
    }

    /** Where line ends may stand in JSON, a blank may. */
    private static void oneLine(byte[] json, int length) {
        for (int i = 0; i < length; i++) {
            if (json[i] == '\n' || json[i] == '\r') {
                json[i] = ' ';
            }
        }
    }

    /** The bytes of a buffer, which is left alone; what is not UTF-8 is U+FFFD. */
    private static byte[] bytes(ByteBuf from, int start, int end) {
        byte[] json = new byte[end - start];
        from.getBytes(start, json);
        return Utf8.repaired(json);
    }
}
