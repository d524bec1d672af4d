package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.ScriptCounter;
import org.jspecify.annotations.Nullable;

/** Reads a plain answer that will be written anew, so that what it says need not be looked for again. Event loop only. */
@FunctionalInterface
public interface PlainReader {
    /**
     * Reads {@code [from, to)} of {@code in}, which is left alone, and adds what it delivers to {@code text}. Null if a look in place
     * must tell what it says.
     */
    @Nullable
    AnswerProbe read(ByteBuf in, int from, int to, ScriptCounter text);
}
