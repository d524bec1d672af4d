package io.penstock.server.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.penstock.server.http.Bytes;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class RequestBodyTest {
    private static final int BYTES = 100_000;

    private final MemoryBudget inMemory = new MemoryBudget(1_000_000);
    private final RequestBody body = new RequestBody(inMemory);

    @Test
    void aBodyOfTinyPiecesIsKeptInFewBuffers() {
        ByteBuf read = ByteBufAllocator.DEFAULT.directBuffer(BYTES);
        for (int i = 0; i < BYTES; i++) {
            read.writeByte('a' + i % 26);
        }
        for (int i = 0; i < BYTES; i++) {
            body.add(read, i, i + 1);
        }
        assertThat(read.refCnt()).isLessThan(100);
        assertThat(body.count()).isLessThan(200);
        assertThat(body.bytes()).isEqualTo(BYTES);
        assertThat(inMemory.taken()).isEqualTo(BYTES);
        ByteBuf whole = Unpooled.buffer(BYTES);
        body.copy(0, BYTES, whole);
        assertThat(whole).isEqualTo(read);
        body.release();
        assertThat(read.refCnt()).isEqualTo(1);
        assertThat(inMemory.taken()).isZero();
        read.release();
    }

    @Test
    void tinyPiecesBetweenLargeOnesKeepTheirPlace() {
        StringBuilder expected = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            String text = i % 7 == 0 ? "large ".repeat(1000) + i : "tiny " + i;
            expected.append(text);
            ByteBuf read = ByteBufAllocator.DEFAULT.directBuffer(8192).writeBytes(Bytes.ascii(text));
            body.add(read, 0, read.writerIndex());
            read.release();
        }
        ByteBuf whole = Unpooled.buffer();
        body.copy(0, body.bytes(), whole);
        assertThat(whole.toString(StandardCharsets.US_ASCII)).isEqualTo(expected.toString());
        body.release();
        assertThat(inMemory.taken()).isZero();
    }
}
