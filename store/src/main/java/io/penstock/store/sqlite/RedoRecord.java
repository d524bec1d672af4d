package io.penstock.store.sqlite;

import io.penstock.protocol.Usage;
import io.penstock.store.EntryKind;
import io.penstock.store.ExchangeEnd;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import io.penstock.store.Reservation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Reservation} that was granted, or an {@link ExchangeEnd}, as bytes. New fields go to the end, under a new
 * {@link RedoFormat#VERSION}.
 */
final class RedoRecord {
    private static final int HOLD = 1;
    private static final int END = 2;

    private RedoRecord() {}

    /** Allocates nothing for ASCII. Throws {@link java.nio.BufferOverflowException} if it does not fit. */
    static void encode(Object item, ByteBuffer into) {
        if (item instanceof Reservation hold) {
            encode(hold, into);
        } else {
            encode((ExchangeEnd) item, into);
        }
    }

    private static void encode(Reservation hold, ByteBuffer into) {
        into.put((byte) HOLD);
        text(hold.requestId(), into);
        into.putLong(hold.keyId()).putLong(hold.amountNanos()).putLong(hold.atMillis());
    }

    private static void encode(ExchangeEnd end, ByteBuffer into) {
        RequestLogEntry log = end.log();
        Usage used = log.usage();
        into.put((byte) END);
        text(end.requestId(), into);
        into.putLong(end.keyId()).put((byte) end.kind().code());
        into.putLong(end.holdNanos()).putLong(end.amountNanos());
        into.put(flag(end.estimated())).put(flag(end.overHold())).putLong(end.atMillis());
        text(log.face(), into);
        text(log.requestedModel(), into);
        text(log.model(), into);
        text(log.provider(), into);
        into.put(flag(log.streamed())).putShort((short) log.status());
        into.put((byte) log.outcome().code()).putInt(log.attempts());
        into.putLong(log.atMillis()).putLong(log.firstByteMicros()).putLong(log.durationMicros());
        into.putLong(used.input()).putLong(used.cacheRead()).putLong(used.cacheWrite());
        into.putLong(used.cacheWrite1h()).putLong(used.output()).putLong(used.reasoning());
        into.putLong(log.costNanos()).put(flag(used.estimated()));
        text(log.finishReason(), into);
        text(log.route(), into);
        text(log.clientRequestId(), into);
        text(log.app(), into);
        into.putLong(log.providerCostNanos());
        text(log.note(), into);
    }

    /** Throws {@link java.nio.BufferUnderflowException} or {@link IllegalArgumentException} if it is none. */
    static Object decode(ByteBuffer record) {
        int type = record.get();
        String requestId = String.valueOf(text(record));
        long keyId = record.getLong();
        if (type == HOLD) {
            return new Reservation(requestId, keyId, record.getLong(), record.getLong());
        }
        EntryKind kind = EntryKind.of(record.get());
        long holdNanos = record.getLong();
        record.getLong(); // the cost, and whether it is estimated and above the hold: the row below tells that too
        record.getShort();
        long atMillis = record.getLong();
        RequestLogEntry log = row(requestId, keyId, record);
        return new ExchangeEnd(kind, holdNanos, atMillis, log);
    }

    private static RequestLogEntry row(String requestId, long keyId, ByteBuffer record) {
        String face = text(record);
        String requestedModel = text(record);
        String model = text(record);
        String provider = text(record);
        boolean streamed = record.get() != 0;
        int status = record.getShort();
        Outcome outcome = Outcome.of(record.get());
        int attempts = record.getInt();
        long atMillis = record.getLong();
        long firstByteMicros = record.getLong();
        long durationMicros = record.getLong();
        long input = record.getLong();
        long cacheRead = record.getLong();
        long cacheWrite = record.getLong();
        long cacheWrite1h = record.getLong();
        long output = record.getLong();
        long reasoning = record.getLong();
        long costNanos = record.getLong();
        boolean estimated = record.get() != 0;
        return new RequestLogEntry(
                requestId,
                keyId,
                face,
                requestedModel,
                model,
                provider,
                streamed,
                status,
                outcome,
                attempts,
                atMillis,
                firstByteMicros,
                durationMicros,
                new Usage(input, cacheRead, cacheWrite, cacheWrite1h, output, reasoning, estimated),
                costNanos,
                text(record),
                text(record),
                text(record),
                text(record),
                record.hasRemaining() ? record.getLong() : -1, // version 1 ends here
                record.hasRemaining() ? text(record) : null);
    }

    private static byte flag(boolean set) {
        return (byte) (set ? 1 : 0);
    }

    /** ASCII, nearly always, is copied without an array of its own. Before it, its length; 0: null. */
    private static void text(@Nullable String text, ByteBuffer into) {
        if (text == null) {
            into.putShort((short) 0);
            return;
        }
        int start = into.position();
        into.putShort((short) (text.length() + 1));
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= 0x80) {
                byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
                into.position(start);
                into.putShort((short) (bytes.length + 1)).put(bytes);
                return;
            }
            into.put((byte) c);
        }
    }

    private static @Nullable String text(ByteBuffer record) {
        int length = Short.toUnsignedInt(record.getShort()) - 1;
        if (length < 0) {
            return null;
        }
        byte[] text = new byte[length];
        record.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
