package io.penstock.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.Usage;
import io.penstock.protocol.UsageCounter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the look finds the usage that is billed, and where it must not look for it. */
class JsonLookTest {
    private final JsonLook look = new JsonLook();
    private final UsageCounter counter = new UsageCounter(800_000);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'id':'x','choices':[],'usage':USAGE}",
                "{ 'id' : 'x' , 'choices' : [ ] ,\n\t'usage' : USAGE }",
                "{'usage':USAGE,'choices':[{'delta':{'content':'{\\'usage\\':{\\'prompt_tokens\\':1}}'}}]}",
                "{'choices':[{'delta':{'content':'\\'usage\\':{'},'usage':{'prompt_tokens':1}}],'usage':USAGE}",
                "{'x_groq':{'id':'req','usage':USAGE},'usage':null}",
                "{'usage':null,'x_groq':{'id':'req','usage':USAGE}}",
                "{'choices':[{'index':0,'delta':{},'finish_reason':'stop','usage':USAGE}]}",
                "{'x_groq':{'usage':{'prompt_tokens':1}},'choices':[{'usage':{'prompt_tokens':2}}],'usage':USAGE}",
            })
    void usageIsFoundWhereOpenAiAndThoseWhoFollowPutIt(String json) {
        String usage = "{'prompt_tokens':812,'completion_tokens':41,'prompt_tokens_details':{'cached_tokens':640}}";
        assertThat(read(Protocol.OPENAI, json.replace("USAGE", usage))).isTrue();
        assertThat(counter.usage()).isEqualTo(new Usage(172, 640, 0, 0, 41, 0, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'message','content':[{'type':'tool_use','input':{'usage':{'input_tokens':1}}}],'usage':USAGE}",
                "{'type':'message_delta','delta':{'stop_reason':'end_turn'},'usage':USAGE}",
                "{'type':'message_start','message':{'id':'msg_1','content':[],'usage':USAGE}}",
            })
    void usageIsFoundWhereAnthropicPutsIt(String json) {
        String usage = "{'input_tokens':3,'cache_creation':{'ephemeral_1h_input_tokens':200},'output_tokens':41}";
        assertThat(read(Protocol.ANTHROPIC, json.replace("USAGE", usage))).isTrue();
        assertThat(counter.usage()).isEqualTo(new Usage(3, 0, 0, 200, 41, 0, false));
    }

    @Test
    void theEventsOfAStreamCompleteEachOther() {
        read(
                Protocol.ANTHROPIC,
                "{'type':'message_start','message':{'usage':{'input_tokens':9,'cache_read_input_tokens':100,'output_tokens':1}}}");
        assertThat(read(
                        Protocol.ANTHROPIC,
                        "{'type':'content_block_delta','delta':{'type':'text_delta','text':'usage'}}"))
                .isFalse();
        read(Protocol.ANTHROPIC, "{'type':'message_delta','delta':{},'usage':{'output_tokens':57}}");
        assertThat(counter.usage()).isEqualTo(new Usage(9, 100, 0, 0, 57, 0, false));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'choices':[{'delta':{'content':'usage'}}],'usage':null}",
                "{'usage':7,'x':{'prompt_tokens':1}}",
                "{'usage':'{}','x':{}}",
                "{'choices':[{'delta':{'usage':{'prompt_tokens':1}}}]}",
                "{'x':{'choices':[{'usage':{'prompt_tokens':1}}]}}",
                "{'x_groq':{'x':{'usage':{'prompt_tokens':1}}}}",
                "{'usages':{'prompt_tokens':1},'usag':{'prompt_tokens':1}}",
                "7",
                "null"
            })
    void whatIsNoUsageObjectOrLiesDeeperIsLeftAlone(String json) {
        assertThat(read(Protocol.OPENAI, json)).isFalse();
    }

    @Test
    void anImageIsDelivered() {
        read(
                Protocol.OPENAI,
                "{'choices':[{'delta':{'images':[{'image_url':{'url':'data:image/png;base64,iVBO'}}]}}]}");
        assertThat(look.delivers()).isTrue();
        read(Protocol.OPENAI, "{'choices':[{'delta':{'content':'','images':[ ]}}]}");
        assertThat(look.delivers()).isFalse();
    }

    @Test
    void anEventThatWasCutIsBroken() {
        String event = "{'x_groq':{'usage':{'prompt_tokens':30,'completion_tokens':1}}}";
        for (int cut = 1; cut < event.length(); cut++) {
            read(Protocol.OPENAI, event.substring(0, cut));
            assertThat(look.broken()).as("cut at %d", cut).isTrue();
        }
    }

    @Test
    void aUsageThatIsNotValidJsonTellsNothing() {
        read(Protocol.OPENAI, "{'usage':{'prompt_tokens':10,'completion_tokens':5}}");
        assertThat(read(Protocol.OPENAI, "{'usage':{'prompt_tokens':20,'completion_tokens':06}}"))
                .isTrue();
        assertThat(counter.usage()).isEqualTo(new Usage(10, 0, 0, 0, 5, 0, false));
    }

    @Test
    void aUsageLargerThanWhatIsKeptIsReadWhole() {
        String long_ = "'x':'" + "x".repeat(10_000) + "'";
        read(Protocol.OPENAI, "{'usage':{'prompt_tokens':10," + long_ + ",'completion_tokens':5}}");
        assertThat(counter.usage()).isEqualTo(new Usage(10, 0, 0, 0, 5, 0, false));
        read(Protocol.OPENAI, "{'usage':{'prompt_tokens':12}}"); // of the larger one nothing is left over
        assertThat(counter.usage()).isEqualTo(new Usage(12, 0, 0, 0, 5, 0, false));
    }

    /** Looks, and takes the usage if there is one; true if there is. Within a buffer, braces around it. */
    private boolean read(Protocol protocol, String text) {
        byte[] json = text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        ByteBuf buffer = Unpooled.buffer().writeZero(3).writeBytes(json).writeBytes(new byte[] {'}', '}'});
        look.look(buffer, 3, 3 + json.length, protocol, new ScriptCounter());
        if (look.hasUsage() && !look.broken()) {
            look.readUsage(buffer, protocol, counter);
        }
        return look.hasUsage();
    }
}
