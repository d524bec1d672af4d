package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.penstock.provider.Masks;
import io.penstock.server.http.Bytes;
import io.penstock.server.http.ResponseHead;

/** The {@code Content-Type} that a provider's answer goes on with. Static. */
final class AnswerType {
    private AnswerType() {}

    /** As the provider told it, without our credentials; {@code usual} if it told none. {@code in} holds the bytes of the head. */
    static byte[] of(ResponseHead head, ByteBuf in, byte[] usual, Masks masks) {
        int from = head.typeStart();
        int to = head.typeEnd();
        if (from == to || Bytes.equals(in, from, to, usual)) {
            return usual;
        }
        byte[] copy = new byte[to - from];
        in.getBytes(from, copy);
        byte[] safe = masks.known(copy);
        return safe == null ? copy : safe;
    }
}
