package io.penstock.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.Gateway;
import io.penstock.server.config.Config;
import io.penstock.server.config.ConfigBuilder;
import io.penstock.server.config.ProviderConfig;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartTextTest {
    @TempDir
    Path data;

    private ConfigBuilder config() {
        return Config.builder().data(data).listen("127.0.0.1", 0).localDiscover(false);
    }

    private static String text(Config config) {
        try (Gateway gateway = Gateway.start(config, Map.of())) {
            String text = new StartText(gateway, null).toString();
            assertThat(text).contains(gateway.origin() + "/openai/v1", gateway.origin() + "/anthropic\n");
            return text;
        }
    }

    @Test
    void theFirstStartShowsItsKeyAndTheSecondOnlyTheLabel() {
        String first = text(config().build());
        assertThat(first).containsPattern("Key +sk-or-v1-[0-9a-f]{64}\n").contains("demo/hello");
        String key = first.replaceAll("(?s).*Key +(sk-or-v1-[0-9a-f]{64}).*", "$1");
        assertThat(first).contains("Bearer " + key + "\"");

        String second = text(config().build());
        assertThat(second)
                .doesNotContain(key)
                .contains(key.substring(0, 12) + "…" + key.substring(70))
                .contains("Bearer $PENSTOCK_KEY\"", "keys create");
    }

    @Test
    void aDeclaredKeyIsNeverShown() {
        String text = text(config().key("agent", "my-own-key-of-the-sidecar").build());
        assertThat(text).doesNotContain("my-own-key-of").contains("agent, from the configuration", "$PENSTOCK_KEY");
    }

    @Test
    void aRealProviderIsOfferedAndTheDemoIsNot() {
        String text = text(config().provider(ProviderConfig.builder("openai")
                        .apiKey("sk-0123456789abcdef")
                        .build())
                .build());
        assertThat(text)
                .contains("openai  builder, ", "such as ", "\"model\":\"openai/")
                .doesNotContain("demo", "0123456789abcdef");
    }

    @Test
    void anAliasThatHidesAModelOfTheCatalogWarns() {
        String text = text(config().provider(ProviderConfig.builder("openai")
                        .apiKey("sk-0123456789abcdef")
                        .build())
                .alias("openai/gpt-5-mini", "openai/gpt-5-nano")
                .alias("OpenAI/gpt-4-1", "openai/gpt-5-mini")
                .alias("anthropic/claude-sonnet-4-6", "anthropic/claude-sonnet-4.6")
                .alias("small", "openai/gpt-5-nano")
                .build());
        assertThat(text)
                .contains(
                        "Warning        aliases.openai/gpt-5-mini: hides the model openai/gpt-5-mini; requests for it"
                                + " go to openai/gpt-5-nano\n",
                        "Warning        aliases.OpenAI/gpt-4-1: hides the model openai/gpt-4.1; requests for it go to"
                                + " openai/gpt-5-mini\n")
                .containsPattern("(?s)^((?!hides).)*(hides((?!hides).)*){2}$");
    }

    @Test
    void whenNoKeyWorksItSaysSo() throws Exception {
        text(config().key("agent", "my-own-key-of-the-sidecar").build());
        assertThat(text(config().build())).contains("none that works", "keys create");
    }
}
