package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is noted of answers that pass untouched: signatures and sealed parts, and nothing else. */
class OpaqueWatchTest {
    private static List<String> seen(Protocol protocol, String event) {
        OpaqueWatch watch = new OpaqueWatch(protocol);
        byte[] data = ("xx" + event + "xx").replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        watch.event(data, 2, data.length - 2);
        return watch.found();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ANTHROPIC | {'type':'content_block_delta','index':0,'delta':{'type':'signature_delta','signature':'EqQB+/=='}} | EqQB+/==",
                "ANTHROPIC | {'type':'content_block_delta','index':0,'delta':{'signature':'a\\u002fb','type':'signature_delta'}} | a/b",
                "ANTHROPIC | {'type':'content_block_start','index':0,'content_block':{'type':'redacted_thinking','data':'EmwK'}} | EmwK",
                "RESPONSES | {'type':'response.output_item.done','item':{'type':'reasoning','encrypted_content':'gAAA'}} | gAAA"
            })
    void whatIsSealedInAnEventIsNoted(Protocol protocol, String event, String payload) {
        assertThat(seen(protocol, event)).containsExactly(payload);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ANTHROPIC | {'type':'content_block_delta','delta':{'type':'text_delta','text':'signature_delta'}}",
                "ANTHROPIC | {'type':'content_block_delta','delta':{'type':'signature_delta','signature':''}}",
                "ANTHROPIC | {'type':'content_block_delta','delta':{'type':'signature_delta','signature':7}}",
                "ANTHROPIC | {'type':'content_block_delta','delta':{'type':'signature_delta'}}",
                "ANTHROPIC | {'type':'content_block_delta','delta':'signature_delta'}",
                "ANTHROPIC | {'type':'content_block_delta','delta':{'type':'signature_delta','signature':'x'",
                "ANTHROPIC | {'type':'response.output_item.done','item':{'encrypted_content':'x'}}",
                "RESPONSES | {'type':'response.output_item.added','item':{'encrypted_content':'x'}}",
                "RESPONSES | {'type':'response.output_item.done','item':{'encrypted_content':null}}",
                "RESPONSES | {'type':'response.output_item.done'}",
                "RESPONSES | {'type':'response.output_item.done','item':{'encrypted_content':'x'},}",
                "RESPONSES | {'type':'content_block_delta','delta':{'type':'signature_delta','signature':'x'}}"
            })
    void nothingElseIs(Protocol protocol, String event) {
        assertThat(seen(protocol, event)).isEmpty();
    }

    /** Only the first bytes tell whether an event is looked into: a long text costs no second look. */
    @Test
    void anEventSaysWhatItIsInItsFirstBytes() {
        String event = "{'type':'content_block_delta',%s'delta':{'type':'signature_delta','signature':'x'}}";
        assertThat(seen(Protocol.ANTHROPIC, event.formatted(""))).containsExactly("x");
        assertThat(seen(Protocol.ANTHROPIC, event.formatted("'pad':'" + "p".repeat(200) + "',")))
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "ANTHROPIC | {'content':[{'type':'thinking','signature':'a'},{'type':'redacted_thinking','data':'b'},{'type':'text','text':'c'},7,null]} | a b",
                "RESPONSES | {'output':[{'type':'reasoning','encrypted_content':'a'},{'type':'message'},{'type':'compaction','encrypted_content':'b'}]} | a b",
                "ANTHROPIC | {'output':[{'encrypted_content':'a'}],'content':{'signature':'x'}} | ``",
                "RESPONSES | {'content':[{'signature':'a'}]} | ``",
                "RESPONSES | {'output':[{'encrypted_content':'a'}] | ``"
            })
    void soItIsWithAPlainAnswer(Protocol protocol, String answer, String payloads) {
        OpaqueWatch watch = new OpaqueWatch(protocol);
        byte[] bytes = answer.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        watch.whole(bytes, 0, bytes.length);
        assertThat(String.join(" ", watch.found())).isEqualTo(payloads);
    }

    /** It belongs to a relay: no provider's bytes may stop that. */
    @Test
    void noBytesMakeItFail() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        String event =
                "{\"type\":\"response.output_item.done\",\"x\":\"signature_delta\",\"item\":{\"encrypted_content\":\"x\"}}";
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            int from = random.nextInt(bytes.length);
            int to = from + random.nextInt(bytes.length - from + 1);
            for (Protocol protocol : Protocol.values()) {
                OpaqueWatch watch = new OpaqueWatch(protocol);
                watch.event(bytes, from, to);
                watch.whole(bytes, from, to);
                assertThat(watch.found()).as("seed %d", seed).hasSizeLessThanOrEqualTo(2);
            }
        }
    }
}
