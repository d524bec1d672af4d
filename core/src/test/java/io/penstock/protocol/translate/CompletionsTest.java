package io.penstock.protocol.translate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.error.GatewayException;
import io.penstock.protocol.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The older completions, asked of a provider that has conversations alone. */
class CompletionsTest {
    private static final WireProfile RECIPIENT =
            new WireProfile("acme", "native-1", 8_192, false, true, false, Set.of(), EnumSet.noneOf(Quirk.class));

    private static byte[] utf8(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static String text(JsonOut out) {
        return new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
    }

    private static Translation onto(Protocol provider) {
        return new Translation(Form.COMPLETIONS, Form.COMPLETIONS, provider, RECIPIENT);
    }

    private static String request(Protocol provider, String fields) {
        byte[] body = utf8("{'model':'lab/model'," + fields + "}");
        JsonOut out = new JsonOut();
        onto(provider).request(body, 0, body.length, ThinkingRecall.NOTHING, out);
        return text(out);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'prompt':'Say'",
                "'prompt':['Say']",
                "'prompt':'Say','n':1,'best_of':1,'echo':false,'suffix':''",
                "'prompt':'Say','n':null,'best_of':null,'echo':null,'suffix':null,'logprobs':null,'logit_bias':null",
                "'stream_options':{'include_usage':true},'provider':{},'models':[],'session_id':'s','prompt':'Say'"
            })
    void thePromptIsWhatTheUserSays(String fields) {
        assertThat(request(Protocol.OPENAI, fields)).contains("\"messages\":[{\"role\":\"user\",\"content\":\"Say\"}]");
        assertThat(request(Protocol.ANTHROPIC, fields)).contains("\"role\":\"user\"", "Say");
        assertThat(request(Protocol.RESPONSES, fields)).contains("\"role\":\"user\"", "Say");
    }

    @ParameterizedTest
    @EnumSource(Protocol.class)
    void whatAConversationHasTooTravelsOn(Protocol provider) {
        String sent = request(provider, "'prompt':'Say','max_tokens':7,'temperature':0.5,'top_p':0.25");
        assertThat(sent)
                .contains("\"native-1\"", "\"temperature\":0.5", "\"top_p\":0.25")
                .containsPattern("\"max_(output_|completion_)?tokens\":7[,}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'prompt':['a','b'] | prompt must be one text: this model is asked in chat",
                "'prompt':[] | prompt must be one text: this model is asked in chat",
                "'prompt':[1,2,3] | prompt must be one text: this model is asked in chat",
                "'prompt':[[1,2,3]] | prompt must be one text: this model is asked in chat",
                "'prompt':7 | prompt must be one text: this model is asked in chat",
                "'user':'u' | prompt must be one text: this model is asked in chat",
                "'prompt':'a','n':2 | n must be 1: this model's provider gives one answer at a time",
                "'prompt':'a','n':'1' | n must be 1: this model's provider gives one answer at a time",
                "'prompt':'a','best_of':2 | best_of must be 1: this model's provider gives one answer at a time",
                "'prompt':'a','echo':true | echo must be absent: this model is asked in chat",
                "'prompt':'a','suffix':'b' | suffix must be absent: this model is asked in chat"
            })
    void whatHasNoMeaningInAConversationIsRefused(String fields, String why) {
        for (Protocol provider : Protocol.values()) {
            assertThatThrownBy(() -> request(provider, fields.replace("\\", "")))
                    .isInstanceOf(GatewayException.class)
                    .hasMessage("invalid JSON body: " + why);
        }
    }
}
