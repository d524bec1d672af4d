package io.penstock.protocol;

import static io.penstock.protocol.Bodies.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The quick reader against the whole one: the same counts, and the same said of what is no usage. */
class PlainUsageTest {
    private static final int MUTATIONS = 20_000;
    private static final long LIMIT = 1_000_000;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                " { } ",
                "{'prompt_tokens':812,'completion_tokens':41,'total_tokens':853}",
                "{'prompt_tokens' : 812 ,\n'completion_tokens':\t41}",
                "{'prompt_tokens':812,'prompt_tokens_details':{'cached_tokens':640,'audio_tokens':0},'x':null,'y':true,'z':'w'}",
                "{'prompt_tokens':1,'prompt_tokens':2,'completion_tokens_details':null,'completion_tokens':7}",
                "{'prompt_tokens':1,'completion_tokens':2,'x':{'prompt_tokens':5,'cached_tokens':9}}",
                "{'prompt_tokens':1,'prompt_tokens_details':{'x':{'cached_tokens':9}},'completion_tokens_details':{'reasoning_tokens':3}}",
                "{'prompt_tokens':99999999999999999999,'completion_tokens':1}",
                "{'prompt_tokens':9999999999,'completion_tokens':1}",
                "{'prompt_tokens':-1,'completion_tokens':1}",
                "{'prompt_tokens':1.0,'completion_tokens':1}",
                "{'prompt_tokens':'1','completion_tokens':1}",
                "{'prompt_tokens':{},'completion_tokens':1}",
                "{'prompt_tokens':true,'completion_tokens':1}",
                "{'prompt_tokens':01,'completion_tokens':1}",
                "{'prompt_tokens':1,'completion_tokens':1,}",
                "{'prompt_tokens':1,'completion_tokens':1}x",
                "{'prompt_tokens':1},'completion_tokens':1}",
                "{'prompt_tokens':1,'completion_tokens':1",
                "{'prompt_tokens':1 'completion_tokens':1}",
                "{'prompt\\u005ftokens':1,'completion_tokens':1}",
                "{'x':[1,{'prompt_tokens':4}],'prompt_tokens':1,'completion_tokens':1}",
                "{'a':{'b':{'c':{'d':{}}}},'prompt_tokens':1,'completion_tokens':1}",
                "{'input_tokens':5,'cache_creation_input_tokens':30,'cache_creation':{'ephemeral_5m_input_tokens':10,'ephemeral_1h_input_tokens':20},'output_tokens':2,'service_tier':'standard'}",
                "{'input_tokens':5,'output_tokens':2,'iterations':null}",
                "{'input_tokens':5,'output_tokens':2,'iterations':[]}",
                "{'input_tokens':5,'output_tokens':2,'iterations':{'input_tokens':9}}",
                "{'input_tokens':5,'output_tokens':2,'iterations':[{'input_tokens':9,'output_tokens':1,'model':'x'}]}",
                "{'prompt_tokens':5,'completion_tokens':2,'iterations':[{'prompt_tokens':9}],'model':7}",
                "null",
                "12",
                ""
            })
    void whatItReadsIsWhatJacksonReads(String text) {
        byte[] json = utf8(text.replace('\'', '"'));
        compare(json);
    }

    @Test
    void mutatedObjectsReadAlikeToo() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        byte[] whole = utf8(
                "{\"prompt_tokens\":812,\"completion_tokens\":41,\"prompt_tokens_details\":"
                        + "{\"cached_tokens\":640,\"audio_tokens\":null},\"x\":\"y\",\"output_tokens\":3,\"total_tokens\":853}");
        byte[] letters = utf8("{}[]\",:0123456789-.eE\\ntruefalsnl \u00e9");
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] json = whole.clone();
            for (int change = random.nextInt(3); change >= 0; change--) {
                json[random.nextInt(json.length)] = letters[random.nextInt(letters.length)];
            }
            try {
                compare(json);
            } catch (AssertionError e) {
                throw new AssertionError(
                        "seed " + seed + ", " + new String(json, java.nio.charset.StandardCharsets.UTF_8), e);
            }
        }
    }

    private static void compare(byte[] json) {
        UsageCounter quick = new UsageCounter(LIMIT);
        UsageCounter whole = new UsageCounter(LIMIT);
        boolean found = OpenAiUsage.readUsage(json, 0, json.length, quick);
        assertThat(found).isEqualTo(StrictUsage.read(OpenAiUsage.TABLE, json, 0, json.length, whole));
        same(quick, whole);
        quick.reset(LIMIT);
        whole.reset(LIMIT);
        found = AnthropicUsage.readUsage(json, 0, json.length, quick);
        assertThat(found).isEqualTo(StrictUsage.read(AnthropicUsage.TABLE, json, 0, json.length, whole));
        same(quick, whole);
    }

    private static void same(UsageCounter quick, UsageCounter whole) {
        assertThat(quick.usage()).isEqualTo(whole.usage());
        assertThat(quick.iterations()).isEqualTo(whole.iterations());
        assertThat(quick.spoilt()).isEqualTo(whole.spoilt());
        assertThat(quick.reported()).isEqualTo(whole.reported());
    }
}
