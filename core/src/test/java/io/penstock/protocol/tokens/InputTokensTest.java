package io.penstock.protocol.tokens;

import static io.penstock.protocol.tokens.InputTokens.PER_MESSAGE;
import static io.penstock.protocol.tokens.InputTokens.PER_REQUEST;
import static io.penstock.protocol.tokens.InputTokens.PER_TOOL;
import static io.penstock.protocol.tokens.MediaTokens.IMAGE_TOKENS_MAX;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a body, with a tokenizer to which every character is a token. */
class InputTokensTest {
    private static final String PNG_750_BY_10 =
            "iVBORw0KGgoAAAANSUhEUgAAAu4AAAAKCAIAAAA7N+mxAAAAQElEQVR4nO3BMQEAAADCoPVPbQ0PoAA";

    /** The texts that are counted, in their order. */
    private static List<String> texts(String body) {
        List<String> texts = new ArrayList<>();
        InputTokens.count(utf8(body.replace('\'', '"')), (text, from, to) -> {
            texts.add(new String(text, from, to - from));
            return 0;
        });
        return texts;
    }

    private static long count(String body) {
        return InputTokens.count(utf8(body.replace('\'', '"')), (text, from, to) -> to - from);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void allThatAClaudeModelReadsIsCounted() {
        String body = """
                {'model':'claude','max_tokens':9,'metadata':{'user_id':'unread'},'stop_sequences':['unread'],
                 'system':[{'type':'text','text':'system','cache_control':{'type':'ephemeral','ttl':'5m'}}],
                 'thinking':{'type':'enabled','budget_tokens':1024},
                 'tools':[{'name':'bash','description':'runs','input_schema': {'type': 'object', 'required' : [ 1, true ]},
                           'cache_control':{'type':'ephemeral'}},
                          {'type':'web_search_20250305','name':'web_search','max_uses':5}],
                 'messages':[
                  {'role':'user','content':'hello'},
                  {'role':'assistant','content':[
                    {'type':'thinking','thinking':'hm','signature':'EqQBunread'},
                    {'type':'redacted_thinking','data':'EmwKunread'},
                    {'type':'text','text':'I look','citations':null},
                    {'type':'tool_use','id':'toolu_1','name':'bash','input':{'cmd' : 'ls \\n', 'n':[1, 2.50, {}]}}]},
                  {'role':'user','content':[
                    {'type':'tool_result','tool_use_id':'toolu_1','is_error':false,'content':'one'},
                    {'type':'tool_result','tool_use_id':'toolu_1','content':[{'type':'text','text':'two'}]},
                    {'type':'document','title':'title','context':'context','citations':{'enabled':true},
                     'source':{'type':'text','media_type':'text/plain','data':'plain \\u0064ocument'}},
                    {'type':'document','source':{'data':'type behind','type':'text'}},
                    {'type':'document','source':{'type':'content','content':[{'type':'text','text':'inner'}]}},
                    {'type':'search_result','source':'https://a.b','title':'found','content':[{'type':'text','text':'it'}]}]},
                  {'role':'system','content':'later'}]}
                """;
        assertThat(texts(body))
                .containsExactly(
                        "system",
                        "{\"name\":\"bash\",\"description\":\"runs\",\"input_schema\":{\"type\":\"object\",\"required\":[1,true]}}",
                        "{\"type\":\"web_search_20250305\",\"name\":\"web_search\",\"max_uses\":5}",
                        "hello",
                        "hm",
                        "I look",
                        "bash",
                        "{\"cmd\":\"ls \\n\",\"n\":[1,2.50,{}]}",
                        "one",
                        "two",
                        "title",
                        "context",
                        "plain document",
                        "type behind",
                        "inner",
                        "https://a.b",
                        "found",
                        "it",
                        "later");
        long characters = texts(body).stream().mapToLong(String::length).sum();
        assertThat(count(body)).isEqualTo(PER_REQUEST + 4 * PER_MESSAGE + 2 * PER_TOOL + characters);
    }

    @Test
    void allThatAChatModelReadsIsCounted() {
        assertThat(texts("""
                {'messages':[
                  {'role':'developer','content':'be brief','name':'me'},
                  {'role':'assistant','content':null,'refusal':'no','reasoning_content':'why','tool_calls':[
                    {'id':'call_1','type':'function','function':{'name':'ls','arguments':'{\\"a\\":1}'}}]},
                  {'role':'tool','tool_call_id':'call_1','content':'out'},
                  {'role':'user','content':[{'type':'text','text':'see'}]}],
                 'tools':[{'type':'function','function':{'name':'ls'}}],'functions':[{'name':'old'}],
                 'response_format':{'type':'json_schema','json_schema':{'name':'unread','schema':{'type':'object'}}}}"""))
                .containsExactly(
                        "be brief",
                        "me",
                        "no",
                        "why",
                        "ls",
                        "{\"a\":1}",
                        "out",
                        "see",
                        "{\"type\":\"function\",\"function\":{\"name\":\"ls\"}}",
                        "{\"name\":\"old\"}",
                        "{\"type\":\"object\"}");
        assertThat(texts("{'prompt':['one','two'],'suffix':'unread'}")).containsExactly("one", "two");
    }

    @Test
    void allThatAResponsesModelReadsIsCounted() {
        assertThat(texts("""
                {'instructions':'be','input':[
                  {'type':'message','role':'developer','content':[{'type':'input_text','text':'brief'}]},
                  {'type':'reasoning','id':'rs_1','summary':[{'type':'summary_text','text':'thought'}],'encrypted_content':'gAAA'},
                  {'type':'function_call','call_id':'c','name':'shell','arguments':'{}','status':'completed'},
                  {'type':'function_call_output','call_id':'c','output':'done'},
                  {'type':'custom_tool_call','call_id':'c','name':'patch','input':'*** Begin'},
                  {'type':'local_shell_call','action':{'type':'exec','command':['ls','-l']}},
                  {'type':'image_generation_call','result':'not an image'}],
                 'text':{'verbosity':'low','format':{'type':'json_schema','name':'x','schema':{'a':1}}}}"""))
                .containsExactly(
                        "be",
                        "brief",
                        "thought",
                        "shell",
                        "{}",
                        "done",
                        "patch",
                        "*** Begin",
                        "ls",
                        "-l",
                        "not an image",
                        "{\"a\":1}");
        assertThat(count("{'input':'hello'}")).isEqualTo(PER_REQUEST + PER_MESSAGE + 5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'image','source':{'type':'base64','media_type':'image/png','data':'PNG'}}",
                "{'source':{'data':'PNG','type':'base64'},'type':'image'}",
                "{'type':'tool_result','content':[{'type':'image','source':{'type':'base64','data':'PNG'}}]}",
                "{'type':'image_url','image_url':{'url':'data:image/png;base64,PNG','detail':'high'}}",
                "{'type':'input_image','image_url':'data:image\\/png;base64,PNG'}",
                "{'type':'image_generation_call','result':'PNG'}",
            })
    void anImageIsCountedByItsSizeWhereverItStands(String part) {
        String body = "{'messages':[{'content':[" + part.replace("PNG", PNG_750_BY_10) + "]}]}";
        assertThat(count(body)).isEqualTo(PER_REQUEST + PER_MESSAGE + 10);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'image','source':{'type':'url','url':'https://x.y/z.png'}}",
                "{'type':'image','source':{'type':'file','file_id':'file_1'}}",
                "{'type':'image_url','image_url':{'url':'https://x.y/z.png'}}",
                "{'type':'document','source':{'type':'base64','media_type':'application/pdf','data':'JVBERi0x'}}",
                "{'type':'file','file':{'file_data':'data:application/pdf;base64,JVBERi0x'}}",
                "{'type':'input_file','file_id':'file_1'}",
                "{'type':'input_audio','input_audio':{'data':'UklGRg','format':'wav'}}",
            })
    void aMediumOfUnknownSizeCountsItsMost(String part) {
        assertThat(count("{'messages':[{'content':[" + part + "]}]}"))
                .isEqualTo(PER_REQUEST + PER_MESSAGE + IMAGE_TOKENS_MAX);
    }

    @Test
    void anAddressInAToolsResultIsText() {
        assertThat(texts("""
                {'messages':[{'content':[{'type':'web_search_tool_result','content':[
                  {'type':'web_search_result','url':'https://x.y','title':'t','encrypted_content':'EqgB'}]}]}]}""")).containsExactly("https://x.y", "t");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | 3",
                "[] | 0",
                "{'messages':[]} | 3",
                "{'messages':null,'system':null,'tools':null} | 3",
                "{'messages':{'content':'abc'}} | 10",
                "{'messages':[1,null,[],['abc']]} | 6",
                "{'tools':[null,'x',{}]} | 33",
                "{'messages':[{'content':[]}]} | 7",
                "{'messages':[{'content':{'text':'abc'}}]} | 10",
                "{'messages':[{'content':[{'type':1,'data':2,'url':3,'source':4,'input':5}]}]} | 7",
                "{'messages':[{'content':[{'input':[[],{}]}]}]} | 14",
                "{'response_format':1,'text':[{'schema':{}}],'output_config':{'schema':1}} | 3",
            })
    void oddShapesCountSomething(String body, long tokens) {
        assertThat(count(body)).isEqualTo(tokens);
    }

    @Test
    void cacheMarksDoNotCountWhereverTheyStandInATool() {
        long plain = count("{'tools':[{'name':'x','a':[1]}]}");
        for (String marked : List.of(
                "{'tools':[{'cache_control':{'type':'ephemeral'},'name':'x','a':[1]}]}",
                "{'tools':[{'name':'x','cache_control':null,'a':[1]}]}",
                "{'tools':[{'name':'x','a':[1],'cache_control':{'a':[{}]}}]}")) {
            assertThat(count(marked)).as(marked).isEqualTo(plain);
        }
    }
}
