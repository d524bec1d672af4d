package io.penstock.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.pricing.TokenEstimate;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.Usage;
import io.penstock.protocol.UsageCounter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the look finds the usage that is billed, and where it must not look for it. */
class JsonProbeTest {
    private final JsonProbe probe = new JsonProbe();
    private final UsageCounter counter = new UsageCounter(800_000);
    private ScriptCounter delivered = new ScriptCounter();

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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'response.completed','response':{'status':'completed','output':[],'usage':USAGE}}",
                "{'response':{'usage':USAGE,'tools':[{'usage':{'input_tokens':1}}]},'type':'response.completed'}",
                "{'id':'resp_1','object':'response','status':'completed','usage':USAGE}",
            })
    void usageIsFoundWhereResponsesPutIt(String json) {
        String usage = "{'input_tokens':812,'input_tokens_details':{'cached_tokens':640},'output_tokens':41}";
        assertThat(read(Protocol.RESPONSES, json.replace("USAGE", usage))).isTrue();
        assertThat(counter.usage()).isEqualTo(new Usage(172, 640, 0, 0, 41, 0, false));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'response.completed','response':{'status':'completed','incomplete_details':null}} | completed",
                "{'type':'response.incomplete','response':{'status':'incomplete','incomplete_details':{'reason':'max_output_tokens'}}} | max_output_tokens",
                "{'type':'response.incomplete','response':{'incomplete_details':{'reason':'content_filter'},'status':'incomplete'}} | content_filter",
                "{'status':'incomplete','incomplete_details':{'reason':'max_output_tokens'},'output':[{'status':'completed'}]} | max_output_tokens",
                "{'output':[{'status':'in_progress','reason':'x'}],'status':'completed'} | completed",
                "{'type':'response.output_item.done','item':{'status':'completed','reason':'x'}} | ",
                "{'type':'response.completed','response':{'output':[{'status':'completed'}],'reason':'x'}} | ",
            })
    void howAResponseEndedIsItsOwnStatusOrWhatSaysMore(String json, String reason) {
        read(Protocol.RESPONSES, json);
        assertThat(probe.finishes()).isEqualTo(reason != null);
        if (reason != null) {
            assertThat(probe.finishReason()).isEqualTo(reason);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'response.output_text.delta','delta':'12345678','obfuscation':'abc'} | 8",
                "{'type':'response.function_call_arguments.delta','delta':'12345678'} | 8",
                "{'type':'response.output_text.delta','delta':''} | 0",
                "{'type':'response.output_text.done','text':'12345678'} | 0",
                "{'type':'response.function_call_arguments.done','arguments':'12345678'} | 0",
                "{'type':'response.output_item.done','item':{'content':[{'type':'output_text','text':'12345678'}]}} | 0",
                "{'type':'response.created','response':{'instructions':'12345678','output':[{'text':'1'}]}} | 0",
                "{'output':[{'content':[{'text':'1234'}]},{'arguments':'12'},{'summary':[{'text':'1'}]},{'input':'1'}],'instructions':'12345678','text':{'format':{'type':'text'}}} | 8",
            })
    void onlyWhatIsNewCountsAsDeliveredText(String json, int letters) {
        read(Protocol.RESPONSES, json);
        assertThat(probe.delivers()).isEqualTo(letters > 0);
        ScriptCounter expected = new ScriptCounter();
        expected.addAscii(letters);
        assertThat(TokenEstimate.tokens(delivered)).isEqualTo(TokenEstimate.tokens(expected));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'response.failed','response':{'status':'failed','error':{'code':'x','message':'m'}}} | {'code':'x','message':'m'}",
                "{'type':'response.completed','response':{'error':null,'output':[{'type':'mcp_call','error':{'code':1}}]}} | ",
                "{'status':'failed','error':{'message':'m'}} | {'message':'m'}",
                "{'type':'response.output_item.done','item':{'error':{'message':'m'}}} | ",
            })
    void anErrorIsTheResponsesOwn(String json, String error) {
        read(Protocol.RESPONSES, json);
        assertThat(probe.hasError()).isEqualTo(error != null);
        if (error != null) {
            assertThat(new String(probe.error(), StandardCharsets.UTF_8)).isEqualTo(error.replace('\'', '"'));
        }
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
        assertThat(probe.delivers()).isTrue();
        read(Protocol.OPENAI, "{'choices':[{'delta':{'content':'','images':[ ]}}]}");
        assertThat(probe.delivers()).isFalse();
    }

    @Test
    void anEventThatWasCutIsBroken() {
        String event = "{'x_groq':{'usage':{'prompt_tokens':30,'completion_tokens':1}}}";
        for (int cut = 1; cut < event.length(); cut++) {
            read(Protocol.OPENAI, event.substring(0, cut));
            assertThat(probe.broken()).as("cut at %d", cut).isTrue();
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
        delivered = new ScriptCounter();
        probe.look(buffer, 3, 3 + json.length, protocol, delivered);
        if (probe.hasUsage() && !probe.broken()) {
            probe.readUsage(counter);
        }
        return probe.hasUsage();
    }
}
