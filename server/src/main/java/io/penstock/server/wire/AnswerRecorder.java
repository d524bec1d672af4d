package io.penstock.server.wire;

import io.netty.buffer.ByteBuf;

/** Looks on while one request is answered; see {@link HttpConnection#recordedBy}. Event loop only. */
public interface AnswerRecorder {
    /** These bytes go to the client, head, framing and all. They are to be left alone, and gone afterwards. */
    void written(ByteBuf bytes);

    /** The answer is complete; or cut, and never will be. */
    void ended(boolean cut);
}
