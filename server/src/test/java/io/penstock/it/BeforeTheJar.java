package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import io.penstock.protocol.Protocol;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.HttpProvider;
import java.io.IOException;
import java.nio.file.Path;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of a client against one gateway of the shipped jar, with a provider behind it. */
abstract class BeforeTheJar {
    @TempDir
    private static Path home;

    static HttpProvider provider;
    static FatJar gateway;

    @BeforeAll
    static void startJar() throws IOException {
        provider = new HttpProvider();
        gateway = FatJar.start(home, provider.url(""));
    }

    @AfterAll
    static void stopJar() throws InterruptedException {
        assertThat(gateway.stop()).isZero();
        provider.close();
    }

    @BeforeEach
    void forget() {
        provider.forget();
    }

    static AnthropicClient anthropic(String key, int retries) {
        return AnthropicOkHttpClient.builder()
                .baseUrl(gateway.origin() + "/anthropic")
                .apiKey(key)
                .maxRetries(retries)
                .build();
    }

    static OpenAIClient openAi(String key, int retries) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(gateway.origin() + "/openai/v1")
                .apiKey(key)
                .maxRetries(retries)
                .build();
    }

    /** That answer as a provider of that protocol gives it. */
    static MockResponse said(AnswerScript speech, Protocol spoken, boolean stream) {
        return stream ? HttpProvider.stream(speech.stream(spoken), 37) : HttpProvider.json(200, speech.plain(spoken));
    }
}
