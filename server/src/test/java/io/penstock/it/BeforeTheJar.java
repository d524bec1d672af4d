package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.ScriptedProvider;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Tests of a client against one gateway of the shipped jar, with a scripted provider behind it. */
abstract class BeforeTheJar {
    @TempDir
    private static Path home;

    static ScriptedProvider provider;
    static FatJar gateway;

    @BeforeAll
    static void startJar() throws IOException {
        provider = new ScriptedProvider();
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
}
