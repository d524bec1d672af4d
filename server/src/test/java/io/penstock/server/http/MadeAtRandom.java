package io.penstock.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.function.Predicate;

/** Tests of messages that are made at random from parts whose meaning is known; each run tells its seed. */
abstract class MadeAtRandom {
    final Random random;

    MadeAtRandom() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        random = new Random(seed);
    }

    final String any(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
    }

    /** Shows the bytes of a head in pieces, as a socket does; it must be complete with its last byte and not before. */
    final void cut(ByteBuf in, int headLength, Predicate<ByteBuf> parse) {
        int whole = in.writerIndex();
        int shown = 0;
        while (true) {
            shown = Math.min(whole, shown + 1 + random.nextInt(random.nextBoolean() ? 3 : 100));
            in.writerIndex(shown);
            boolean complete = parse.test(in);
            assertThat(complete).as("with %d of %d bytes", shown, headLength).isEqualTo(shown >= headLength);
            if (complete) {
                in.writerIndex(whole);
                return;
            }
        }
    }
}
