package io.penstock.protocol.tokens;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MediaTokensTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    @ParameterizedTest
    @CsvSource({
        "200, 200, 54",
        "1000, 1000, 1334",
        "1, 1, 1",
        "1092, 1092, 1590",
        "1200, 1200, 1600", // more is scaled down
        "3136, 400, 419", // the longer side to 1568
        "300, 3000, 328",
    })
    void anImageCountsItsPixels(int width, int height, long tokens) throws IOException {
        for (String format : new String[] {"png", "jpeg", "gif"}) {
            assertThat(image(encoded(format, width, height))).as(format).isEqualTo(tokens);
        }
    }

    @Test
    void theSizeBehindAPreviewIsFound() throws IOException {
        byte[] jpeg = encoded("jpeg", 750, 100);
        ByteArrayOutputStream withExif = new ByteArrayOutputStream();
        withExif.write(jpeg, 0, 2);
        for (int segment = 0; segment < 2; segment++) {
            withExif.writeBytes(new byte[] {(byte) 0xFF, (byte) 0xE1, (byte) 0xFF, (byte) 0xFF});
            withExif.writeBytes(new byte[0xFFFF - 2]);
        }
        withExif.write(jpeg, 2, jpeg.length - 2);
        assertThat(image(withExif.toByteArray())).isEqualTo(100);
    }

    @Test
    void base64IsReadThroughEscapesAndLineEnds() throws IOException {
        byte[] png = encoded("png", 750, 10);
        String plain = Base64.getEncoder().encodeToString(png);
        assertThat(base64(plain.replace("/", "\\/"))).isEqualTo(10);
        assertThat(base64(plain.replace("+", "\\u002b").replace("A", "\\u0041")))
                .isEqualTo(10);
        assertThat(base64(Base64.getMimeEncoder().encodeToString(png).replace("\r\n", "\\r\\n")))
                .isEqualTo(10);
        assertThat(base64(Base64.getUrlEncoder().encodeToString(png))).isEqualTo(10);
    }

    @Test
    void whatIsNoImageCountsByItsLength() {
        assertThat(base64("")).isEqualTo(MediaTokens.IMAGE_TOKENS_MAX);
        assertThat(base64("UklGRnoA")).as("WebP").isEqualTo(MediaTokens.IMAGE_TOKENS_MAX);
        assertThat(base64("JVBERi0xLjQK".repeat(100_000))).as("a PDF").isEqualTo(12_000);
        assertThat(url("https://example.com/cat.png")).isEqualTo(MediaTokens.IMAGE_TOKENS_MAX);
        assertThat(url("data:application/pdf;base64," + "JVBERi0xLjQK".repeat(100_000)))
                .isEqualTo(12_000);
        assertThat(url("data:text/plain;base64," + "QUFB".repeat(4_000))).isEqualTo(3_000);
        assertThat(url("data:text\\/plain;base64," + "QUFB".repeat(4_000))).isEqualTo(3_000);
        assertThat(url("data:")).isEqualTo(MediaTokens.IMAGE_TOKENS_MAX);
        assertThat(url("")).isEqualTo(MediaTokens.IMAGE_TOKENS_MAX);
    }

    @Test
    void anythingCutOrSpoiltCountsSomething() throws IOException {
        Random random = new Random(SEED);
        for (String format : new String[] {"png", "jpeg", "gif"}) {
            byte[] whole = encoded(format, 100, 100);
            for (int run = 0; run < 2_000; run++) {
                byte[] spoilt = java.util.Arrays.copyOf(whole, random.nextInt(Math.min(whole.length, 700)));
                for (int i = random.nextInt(4); i > 0 && spoilt.length > 0; i--) {
                    spoilt[random.nextInt(spoilt.length)] = (byte) random.nextInt();
                }
                assertThat(image(spoilt))
                        .as("%s, seed %d, run %d", format, SEED, run)
                        .isBetween(1L, 2_000L);
            }
        }
    }

    private static byte[] encoded(String format, int width, int height) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThat(ImageIO.write(new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), format, out))
                .isTrue();
        return out.toByteArray();
    }

    private static long image(byte[] file) {
        return base64(Base64.getEncoder().encodeToString(file));
    }

    private static long base64(String text) {
        byte[] json = ("\"" + text + "\"").getBytes(StandardCharsets.UTF_8);
        return MediaTokens.base64(json, 1, json.length - 1, false);
    }

    private static long url(String text) {
        byte[] json = ("\"" + text + "\"").getBytes(StandardCharsets.UTF_8);
        return MediaTokens.url(json, 1, json.length - 1);
    }
}
