package io.penstock.server.testkit;

import io.netty.buffer.ByteBuf;
import io.penstock.server.relay.RelayListener;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a relay gave its client and told its exchange, in place of both. */
public final class RelayTranscript implements RelayListener {
    private final ByteArrayOutputStream relayed = new ByteArrayOutputStream();
    private final List<String> failures = new ArrayList<>();
    private int begins;
    private int completes;
    private int noRoom;

    /** All bytes so far, as they go to the client. */
    public byte[] bytes() {
        return relayed.toByteArray();
    }

    public String text() {
        return relayed.toString(StandardCharsets.UTF_8);
    }

    /** All that went wrong, in words. */
    public List<String> failures() {
        return failures;
    }

    public int begins() {
        return begins;
    }

    public int completes() {
        return completes;
    }

    /** How often there was no room; not among the failures. */
    public int noRooms() {
        return noRoom;
    }

    @Override
    public void answerBegins() {
        begins++;
    }

    @Override
    public void relayed(ByteBuf bytes) {
        if (begins == 0) {
            failures.add("bytes before the answer began");
        }
        byte[] copy = new byte[bytes.readableBytes()];
        bytes.readBytes(copy);
        bytes.release();
        relayed.writeBytes(copy);
    }

    @Override
    public void answerComplete() {
        completes++;
    }

    @Override
    public void errorEvent(boolean begun, String type, String message) {
        failures.add(type + ": " + message);
    }

    @Override
    public void relayFailed(String why) {
        failures.add(why);
    }

    @Override
    public void tooLarge(String why) {
        failures.add("too large: " + why);
    }

    @Override
    public void broken(Throwable bug) {
        failures.add(bug.toString());
        throw new AssertionError(bug);
    }

    @Override
    public void noRoom() {
        noRoom++;
    }
}
