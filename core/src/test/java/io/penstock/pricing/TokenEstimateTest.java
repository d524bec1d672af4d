package io.penstock.pricing;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.ScriptCounter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenEstimateTest {
    /** Least and most: the smaller of o200k_base's and cl100k_base's count less a quarter, the larger plus a quarter. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "When the gate closes too quickly, the moving column of water pushes against it. | 12 | 20",
                "压力管道是把水从水库输送到水轮机的管道。 | 14 | 29",
                "水圧管は貯水池から水車まで水を運ぶ管である。 | 15 | 35",
                "수압관은 저수지에서 수차까지 물을 운반하는 관이다. | 14 | 38",
                "Напорный трубопровод — это труба, по которой вода поступает к турбине. | 15 | 42",
            })
    void anEstimateLiesAmongTheTokenizers(String text, long least, long most) {
        ScriptCounter counter = new ScriptCounter();
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        counter.add(bytes, 0, bytes.length);
        assertThat(TokenEstimate.tokens(counter)).isBetween(least, most);
    }

    @Test
    void onlyNoTextHasNoTokens() {
        assertThat(TokenEstimate.tokens(0, 0, 0)).isZero();
        assertThat(TokenEstimate.tokens(1, 0, 0)).isOne();
        assertThat(TokenEstimate.tokens(400, 100, 100)).isEqualTo(100 + 85 + 50);
    }
}
