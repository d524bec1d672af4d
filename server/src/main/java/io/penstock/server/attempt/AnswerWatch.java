package io.penstock.server.attempt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.penstock.protocol.translate.OpaqueWatch;
import io.penstock.protocol.translate.ThinkingWatch;
import io.penstock.protocol.translate.WireProfile;
import io.penstock.server.face.Operation;
import io.penstock.server.http.Bytes;
import io.penstock.server.relay.EventWatch;
import org.jspecify.annotations.Nullable;

/**
 * Looks on while an answer passes untouched, and keeps of its thinking what the next turn needs: in plain chat the thinking
 * itself, for providers that want it back; elsewhere whose the signatures are, where somebody else might be sent them. Belongs
 * to one exchange; event loop only.
 */
final class AnswerWatch implements EventWatch {
    private static final int DATA_BYTES = 512; // an event of most providers

    private final ThinkingMemory memory;
    private final String provider;
    private final @Nullable ThinkingWatch thinking;
    private final @Nullable OpaqueWatch opaques;
    private byte[] data = new byte[DATA_BYTES];

    private AnswerWatch(
            ThinkingMemory memory, String provider, @Nullable ThinkingWatch thinking, @Nullable OpaqueWatch opaques) {
        this.memory = memory;
        this.provider = provider;
        this.thinking = thinking;
        this.opaques = opaques;
    }

    /** Null where there is nothing to look for, as for most answers. */
    static @Nullable AnswerWatch of(ThinkingMemory memory, Approach approach, Operation operation) {
        if (!memory.on() || approach.translated()) {
            return null;
        }
        String provider = approach.target().provider();
        if (operation == Operation.CHAT) {
            WireProfile recipient = approach.profile();
            return ThinkingWatch.wanted(recipient)
                    ? new AnswerWatch(memory, provider, new ThinkingWatch(recipient), null)
                    : null;
        }
        boolean signs = operation == Operation.MESSAGES || operation == Operation.RESPONSES;
        return signs && approach.model().reasoning() && approach.rivals()
                ? new AnswerWatch(
                        memory,
                        provider,
                        null,
                        new OpaqueWatch(approach.target().protocol()))
                : null;
    }

    @Override
    public void event(ByteBuf in, int from, int to) {
        data = Bytes.copy(in, from, to, data);
        int size = to - from;
        if (thinking != null) {
            thinking.event(data, 0, size);
        }
        if (opaques != null) {
            opaques.event(data, 0, size);
        }
    }

    /** A plain answer, which is left alone. */
    void whole(ByteBuf json) {
        byte[] bytes = ByteBufUtil.getBytes(json);
        if (thinking != null) {
            thinking.whole(bytes, 0, bytes.length);
        }
        if (opaques != null) {
            opaques.whole(bytes, 0, bytes.length);
        }
    }

    /** Keeps what was found, for that gateway key. */
    void keep(long keyId) {
        if (thinking != null && !thinking.byCall().isEmpty()) {
            memory.keep(keyId, thinking.byCall());
        }
        if (opaques != null) {
            memory.keepMaker(keyId, opaques.found(), provider);
        }
    }
}
