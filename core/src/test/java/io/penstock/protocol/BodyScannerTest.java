package io.penstock.protocol;

import static io.penstock.protocol.Bodies.scan;
import static io.penstock.protocol.Bodies.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BodyScannerTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"a\":1                | unexpected end at byte 6",
                "{\"a\":1}x              | more than one value at byte 7",
                "{\"a\":1}{}             | more than one value at byte 7",
                "[]                      | not a JSON object at byte 0",
                "\"x\"                   | not a JSON object at byte 0",
                "{\"a\":1,}              | unexpected byte at byte 7",
                "{a:1}                   | unexpected byte at byte 1",
                "{\"a\" 1}               | unexpected byte at byte 5",
                "{\"a\":01}              | unexpected byte at byte 6",
                "{\"a\":1.}              | unexpected byte at byte 7",
                "{\"a\":nul}             | unexpected byte at byte 8",
                "{\"a\":NaN}             | unexpected byte at byte 5",
                "{\"a\":\"\\x\"}         | invalid escape at byte 7",
                "{\"a\":\"\\u12g4\"}     | invalid escape at byte 10",
                "{\"a\":\"\\ud800\"}     | unpaired surrogate at byte 12",
                "{\"a\":\"\\udc00\"}     | unpaired surrogate at byte 11",
                "{\"a\":\"\\ud800\\ud800\"} | unpaired surrogate at byte 17",
                "{\"model\":1,\"mod\\u0065l\":2} | duplicate field \"model\" at byte 11",
                "{\"é\":1,\"\\u00e9\":2}  | duplicate field \"\\u00e9\" at byte 8",
            })
    void aFaultIsToldWithItsOffset(String body, String problem) {
        assertThat(scan(body.strip()).problem()).isEqualTo(problem);
    }

    @Test
    void anEmptyBodyIsToldAsSuch() {
        assertThat(scan("").problem()).isEqualTo("empty body at byte 0");
        assertThat(scan("  \n ").problem()).isEqualTo("unexpected end at byte 4");
    }

    @ParameterizedTest
    @CsvSource({
        "c0af, 6",
        "c1bf, 6",
        "e08080, 7",
        "e09fbf, 7",
        "eda080, 7",
        "edbfbf, 7",
        "f0808080, 7",
        "f08fbfbf, 7",
        "f4908080, 7",
        "f5808080, 6",
        "ff, 6",
        "fe, 6",
        "80, 6",
        "bf, 6",
        "e6b0, 8",
        "e6b041, 8",
        "c3, 7",
        "f09f98, 9"
    })
    void malformedUtf8IsRefusedAtItsByte(String hex, int offset) {
        for (String behind : new String[] {"\"}", "\" , \"and more behind it\":1}"}) {
            byte[] bytes = utf8("{\"a\":\"" + "?".repeat(hex.length() / 2) + behind);
            for (int i = 0; i < hex.length() / 2; i++) {
                bytes[6 + i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
            }
            assertThat(scan(bytes).problem()).isEqualTo("invalid UTF-8 at byte " + offset);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x00, 0x01, 0x0A, 0x0D, 0x1F})
    void controlCharactersInStringsAreRefusedWhereverTheyStand(int control) {
        for (int at = 0; at < 40; at++) {
            byte[] body = utf8("{\"a\":\"" + "x".repeat(40) + "\"}");
            body[6 + at] = (byte) control;
            assertThat(scan(body).problem()).isEqualTo("control character in a string at byte " + (6 + at));
        }
    }

    @Test
    void everyCodePointPassesRawAndEscaped() {
        for (int from = 0; from <= Character.MAX_CODE_POINT; from += 0x1000) {
            StringBuilder raw = new StringBuilder("{\"a\":\"");
            StringBuilder escaped = new StringBuilder("{\"a\":\"");
            for (int c = from; c < from + 0x1000; c++) {
                if (c < 0x20 || c == '"' || c == '\\' || (c >= 0xD800 && c <= 0xDFFF)) {
                    continue;
                }
                raw.appendCodePoint(c);
                for (char unit : Character.toChars(c)) {
                    escaped.append(String.format("\\u%04X", (int) unit));
                }
            }
            assertThat(scan(raw.append("\"}").toString()).problem()).isNull();
            assertThat(scan(escaped.append("\"}").toString()).problem()).isNull();
        }
    }

    @Test
    void aByteOrderMarkAndOtherEncodingsAreRefused() throws Exception {
        assertThat(scan("\uFEFF{}").problem()).isEqualTo("byte order mark at byte 0");
        for (String charset : new String[] {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"}) {
            assertThat(scan("{\"a\":1}".getBytes(charset)).finish()).as(charset).isFalse();
        }
    }

    @Test
    void depthIsBounded() {
        assertThat(scan(nested(199)).problem()).isNull();
        assertThat(scan(nested(200)).problem()).isEqualTo("nested too deeply at byte 204");
        assertThat(scan("{\"a\":" + "[".repeat(3_000_000)).problem()).isEqualTo("nested too deeply at byte 204");
    }

    private static String nested(int arrays) {
        return "{\"a\":" + "[".repeat(arrays) + "]".repeat(arrays) + "}";
    }

    @Test
    void numbersNamesAndFieldsAreBounded() {
        assertThat(scan("{\"a\":" + "1".repeat(100) + "}").problem()).isNull();
        assertThat(scan("{\"a\":" + "1".repeat(101) + "}").problem()).isEqualTo("number too long at byte 5");
        assertThat(scan("{\"" + "a".repeat(1_024) + "\":1}").problem()).isNull();
        assertThat(scan("{\"" + "a".repeat(1_025) + "\":1}").problem()).isEqualTo("name too long at byte 2");
        assertThat(scan("{\"x\":{\"" + "a".repeat(1_025) + "\":1}}").problem()).isEqualTo("name too long at byte 7");
        assertThat(scan(fields(1_024)).problem()).isNull();
        assertThat(scan(fields(1_024)).request().name(1_023)).isEqualTo("field1023");
        assertThat(scan(fields(1_025)).problem()).startsWith("too many fields at byte ");
        assertThat(scan("{\"x\":" + fields(1_025) + "}").problem()).isNull();
    }

    private static String fields(int count) {
        StringBuilder body = new StringBuilder("{");
        for (int i = 0; i < count; i++) {
            body.append(i == 0 ? "" : ",").append("\"field").append(i).append("\":null");
        }
        return body.append('}').toString();
    }

    @Test
    void tokensAreBounded() {
        int most = BodyScanner.TOKENS_MAX - 5; // the object, its name and its end, the array and its end
        assertThat(scan("{\"a\":[" + "0,".repeat(most - 1) + "0]}").problem()).isNull();
        assertThat(scan("{\"a\":[" + "0,".repeat(most) + "0]}").problem()).startsWith("too many values at byte ");
    }

    @Test
    void duplicatesBelowTheTopPass() {
        assertThat(scan("{\"a\":{\"b\":1,\"b\":2},\"c\":[{\"d\":1,\"d\":1}]}").problem())
                .isNull();
    }

    @Test
    void aLongOrStrangeNameIsCutAndEscapedInTheProblem() {
        String name = "\\n\\\"é" + "x".repeat(300);
        assertThat(scan("{\"" + name + "\":1,\"" + name + "\":1}").problem())
                .isEqualTo("duplicate field \"\\u000a\\u0022\\u00e9" + "x".repeat(46) + "...\" at byte 312");
    }

    @Test
    void whatFollowsAFaultIsIgnored() {
        BodyScanner scanner = scan("{]");
        byte[] more = utf8("{\"a\":1}");
        scanner.feed(more, 0, more.length);
        assertThat(scanner.finish()).isFalse();
        assertThat(scanner.problem()).isEqualTo("unexpected byte at byte 1");
    }

    @Test
    void aScannerIsAsNewAfterResetWhereverItStopped() {
        BodyScanner scanner = new BodyScanner();
        byte[] body = utf8(
                "{\"mod\\u0065l\":\"a/\\ud83d\\ude00é\",\"stream\":true,\"max_tokens\":12,\"messages\":[{\"role\":"
                        + "\"user\",\"content\":[{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\"AAAA\"}}]}]}");
        String expected = Bodies.charge(scanner, body);
        for (int cut = 0; cut < body.length; cut++) {
            scanner.reset();
            scanner.feed(body, 0, cut);
            assertThat(Bodies.charge(scanner, body)).as("left off at %d", cut).isEqualTo(expected);
        }
    }
}
