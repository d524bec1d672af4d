package io.penstock.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExtraUsageTest {
    private final ExtraUsage extras = new ExtraUsage();

    private void read(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        extras.read(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'server_tool_use':{'web_search_requests':3,'web_fetch_requests':2}} | WEB_SEARCH | 3",
                "{'server_tool_use_details':{'web_search_requests':1}} | WEB_SEARCH | 1",
                "{'server_side_tool_usage_details':{'web_search_calls':2,'x_search_calls':3,'mcp_calls':0}} | WEB_SEARCH | 5",
                "{'num_search_queries' : 4} | WEB_SEARCH | 4",
                "{'num_sources_used':7} | SEARCH_SOURCE | 7",
                "{'x':{'file_search_calls':1,'document_search_calls':1}} | FILE_SEARCH | 2",
                "{'x':{'code_interpreter_calls':1}} | CODE_EXECUTION | 1",
                "{'server_tool_use':{'code_execution_requests':1}} | CODE_EXECUTION | 1",
                "{'x':{'image_generation_calls':1}} | IMAGE_GENERATION | 1",
                "{'x':{'mcp_calls':6}} | REMOTE_TOOL | 6",
                "{'prompt_tokens_details':{'audio_tokens':9},'completion_tokens_details':{'audio_tokens':0}} | AUDIO_INPUT | 9",
                "{'prompt_tokens_details':{'audio_tokens':0},'completion_tokens_details':{'audio_tokens':8}} | AUDIO_OUTPUT | 8",
                "{'input_tokens_details':{'audio_tokens':9}} | AUDIO_INPUT | 9",
                "{'output_tokens_details':{'image_tokens':1290}} | IMAGE_OUTPUT | 1290",
                "{'service_tier':'priority'} | SERVICE_TIER | 1",
                "{'service_tier':'flex'} | SERVICE_TIER | 1",
                "{'speed':'fast'} | FAST_MODE | 1",
            })
    void whatIsUsedBesideTokensIsSeen(String json, Extra extra, long count) {
        read(json.replace('\'', '"'));
        for (Extra one : Extra.values()) {
            assertThat(extras.count(one)).as("%s", one).isEqualTo(one == extra ? count : 0);
        }
        extras.reset();
        assertThat(extras.any()).isFalse();
        assertThat(extras.count(extra)).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'server_tool_use':{'web_search_requests':0}}",
                "{'server_tool_use':null,'service_tier':'standard','speed':'standard'}",
                "{'service_tier':'default'}",
                "{'service_tier':''}",
                "{'prompt_tokens_details':{'image_tokens':258,'audio_tokens':0},'web_search_requests':-3}",
                "{'web_search_requests':99999999999999999999}",
                "{'web_search_requests':1.5}",
                "{'note':'web_search_requests: 3 \\\"num_sources_used\\\":4'}",
                "{'a':['web_search_requests',3]}",
            })
    void whatIsNotIsNot(String json) {
        read(json.replace('\'', '"'));
        assertThat(extras.any()).isFalse();
    }

    @Test
    void theLargestOfSeveralTellingsCounts() {
        read("{\"server_tool_use\":{\"web_search_requests\":2}}");
        read("{\"server_tool_use\":{\"web_search_requests\":5}}");
        read("{\"server_tool_use\":{\"web_search_requests\":0}}");
        assertThat(extras.count(Extra.WEB_SEARCH)).isEqualTo(5);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void noBytesMakeItFail(long seed) {
        var random = new Random(seed);
        String usual = "{\"web_search_requests\":12,\"service_tier\":\"flex\\\"\",\"x\":{\"audio_tokens\":3}}";
        for (int run = 0; run < 20_000; run++) {
            byte[] bytes = usual.getBytes(StandardCharsets.UTF_8);
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            int from = random.nextInt(bytes.length);
            extras.read(bytes, from, from + random.nextInt(bytes.length - from + 1));
        }
        for (Extra extra : Extra.values()) {
            assertThat(extras.count(extra)).isNotNegative();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'tools':[{'type':'web_search_20250305','name':'web_search','max_uses':5}] | WEB_SEARCH | true",
                "'tools':[{'name':'a'},{'type':'web_search_preview'}] | WEB_SEARCH | true",
                "'tools':[{'type':'code_interpreter','container':{'type':'auto'}}] | CODE_EXECUTION | true",
                "'tools':[{'type':'code_execution_20250825','name':'c'}] | CODE_EXECUTION | true",
                "'tools':[{'type':'file_search','vector_store_ids':['v']}] | FILE_SEARCH | true",
                "'tools':[{'type':'image_generation'}] | IMAGE_GENERATION | true",
                "'tools':[{'type':'mcp','server_label':'s'}] | REMOTE_TOOL | true",
                "'web_search_options':{} | WEB_SEARCH | true",
                "'plugins':[{'id':'web'}] | WEB_SEARCH | true",
                "'service_tier':'priority' | SERVICE_TIER | false",
                "'service_tier':'flex' | SERVICE_TIER | false",
                "'speed':'fast' | FAST_MODE | false",
                "'audio':{'voice':'v'} | AUDIO_OUTPUT | false",
                "'tools':[{'type':'function','function':{'name':'web_search','parameters':{'type':'web_search'}}}] | | false",
                "'tools':[{'type':'bash_20250124','name':'bash'},{'type':'custom','name':'c'}] | | false",
                "'service_tier':'auto' | | false",
                "'service_tier':null,'speed':'standard' | | false",
            })
    void aRequestTellsWhatItAsksForBesideTokens(String fields, @Nullable Extra extra, boolean tools) {
        byte[] body = ("{'model':'m'," + fields + "}").replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        for (int cut = 0; cut <= body.length; cut++) {
            var scanner = new BodyScanner();
            scanner.feed(body, 0, cut);
            scanner.feed(body, cut, body.length);
            assertThat(scanner.finish()).isTrue();
            assertThat(scanner.request().extrasAsked()).isEqualTo(extra == null ? Set.of() : Set.of(extra));
            assertThat(scanner.request().providerTools()).isEqualTo(tools);
        }
    }
}
