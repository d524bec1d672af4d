package io.penstock.server.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import org.junit.jupiter.api.Test;

class LeakCheckTest {
    @Test
    void theDetectorIsParanoid() {
        assertThat(ResourceLeakDetector.getLevel()).isEqualTo(ResourceLeakDetector.Level.PARANOID);
    }

    @Test
    void aLostBufferIsSeen() {
        lose();
        assertThat(LeakCheck.collect()).contains("lose");
    }

    private static void lose() {
        ByteBufAllocator.DEFAULT.directBuffer(16).writeInt(1);
    }

    @Test
    void aReleasedBufferIsNot() {
        ByteBufAllocator.DEFAULT.directBuffer(16).writeInt(1).release();
        assertThat(LeakCheck.collect()).isEmpty();
    }
}
