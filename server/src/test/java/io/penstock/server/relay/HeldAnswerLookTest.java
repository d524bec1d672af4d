package io.penstock.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.protocol.translate.Form;
import io.penstock.protocol.translate.Translation;
import io.penstock.protocol.translate.WireProfile;
import io.penstock.provider.Masks;
import io.penstock.server.http.BodyFraming;
import io.penstock.server.wire.MemoryBudget;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A plain answer that is translated tells by the translation's reading of it what a look in place tells. */
class HeldAnswerLookTest {
    private static final Masks MASKS = Masks.of(List.of("sk-test-0123456789abcdef"));

    private static final PlainReader IN_PLACE = (in, from, to, text) -> null;

    private int read;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "OPENAI | {'choices':[{'message':{'content':'Wheel é'},'finish_reason':'stop'}],'usage':{'prompt_tokens':9,'completion_tokens':2}}",
                "OPENAI | ~{'choices':[{'message':{'content':'x'},'finish_reason':'odd'}],'x':'sk-test-0123456789abcdef'}~",
                "OPENAI | {'error':{'message':'no sk-test-0123456789abcdef','code':'x'}}",
                "OPENAI | {'error':'text'}",
                "OPENAI | {'choices':[",
                "OPENAI | {'choices':[{}],}",
                "OPENAI | [1]",
                "OPENAI | <html>",
                "ANTHROPIC | {'type':'message','content':[{'type':'text','text':'Wheel'}],'stop_reason':'end_turn','usage':{'input_tokens':9,'output_tokens':2}}",
                "ANTHROPIC | {'type':'error','error':{'type':'overloaded_error','message':'Overloaded'}}",
                "ANTHROPIC | {'type':'error'}",
                "RESPONSES | {'id':'resp_1','status':'completed','output':[{'type':'web_search_call'},{'type':'message','content':[{'text':'Wheel'}]}],'usage':{'input_tokens':9,'output_tokens':2}}",
                "RESPONSES | {'status':'failed','error':{'code':'x','message':'m'}}",
            })
    void bothWaysFindTheSame(Protocol protocol, String text) {
        byte[] json = text.replace('\'', '"').replace('~', '\n').getBytes(StandardCharsets.UTF_8);
        assertThat(look(json, protocol, reader(protocol))).isEqualTo(look(json, protocol, IN_PLACE));
    }

    @Test
    void whatIsNotUtf8IsLookedAtInPlace() {
        byte[] json = "{\"choices\":[{\"message\":{\"content\":\"caf?\"},\"finish_reason\":\"stop\"}]}"
                .getBytes(StandardCharsets.UTF_8);
        json[json.length - 30] = (byte) 0xE9;
        assertThat(look(json, Protocol.OPENAI, reader(Protocol.OPENAI)))
                .isEqualTo(look(json, Protocol.OPENAI, IN_PLACE));
        assertThat(read).isEqualTo(1);
    }

    @Test
    void whatWasFoundBeforeChangesNothing() {
        String whole = "{\"choices\":[{\"message\":{\"content\":\"x\"},\"finish_reason\":%s}]}";
        List<String> answers = List.of(
                whole.formatted("\"stop\""),
                whole.formatted("\"stop\""),
                "{\"error\":{\"message\":\"m\",\"code\":\"x\"}}",
                whole.formatted("\"length\""),
                "{\"choices\":[",
                whole.formatted("\"length\""),
                whole.formatted("null"),
                "{\"choices\":[]}",
                whole.formatted("\"stop\""));
        HeldAnswer reused = new HeldAnswer(new MemoryBudget(Long.MAX_VALUE));
        for (String answer : answers) {
            byte[] json = answer.getBytes(StandardCharsets.UTF_8);
            assertThat(look(reused, json, Protocol.OPENAI, IN_PLACE))
                    .as(answer)
                    .isEqualTo(look(json, Protocol.OPENAI, IN_PLACE));
        }
    }

    private PlainReader reader(Protocol protocol) {
        Translation translation = new Translation(
                Form.CHAT,
                Form.CHAT,
                protocol,
                new WireProfile("lab", "m", 8_192, true, true, false, Set.of(), Set.of()));
        return (in, from, to, text) -> {
            read++;
            byte[] bytes = new byte[to - from];
            in.getBytes(from, bytes);
            translation.read(bytes, 0, bytes.length);
            return translation.probe(text);
        };
    }

    /** What is found, billed and counted, and the answer as it is told. */
    private static List<Object> look(byte[] json, Protocol protocol, PlainReader reader) {
        return look(new HeldAnswer(new MemoryBudget(Long.MAX_VALUE)), json, protocol, reader);
    }

    private static List<Object> look(HeldAnswer of, byte[] json, Protocol protocol, PlainReader reader) {
        BodyFraming framing = new BodyFraming();
        framing.beginLength(json.length);
        UsageCounter usage = new UsageCounter(1_000_000);
        ScriptCounter text = new ScriptCounter();
        try (HeldAnswer held = of) {
            held.begin(framing, json.length);
            held.onBytes(Unpooled.directBuffer().writeBytes(json));
            held.whole(UnpooledByteBufAllocator.DEFAULT);
            HeldAnswer.Found found = held.look(new JsonProbe(), reader, protocol, usage, text, MASKS);
            ByteBuf told = held.whole(UnpooledByteBufAllocator.DEFAULT);
            return List.of(
                    found,
                    usage.usage(),
                    usage.reported(),
                    text.ascii(),
                    text.other(),
                    told.toString(StandardCharsets.ISO_8859_1));
        }
    }
}
