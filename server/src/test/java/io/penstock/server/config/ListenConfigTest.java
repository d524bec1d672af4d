package io.penstock.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenConfigTest {
    @ParameterizedTest
    @CsvSource({
        "127.0.0.1:4680,127.0.0.1,4680,true",
        "4680,127.0.0.1,4680,true",
        "0,127.0.0.1,0,true",
        "localhost:0,localhost,0,true",
        "LocalHost:1,LocalHost,1,true",
        "127.1.2.3:1,127.1.2.3,1,true",
        "[::1]:65535,::1,65535,true",
        "[0:0:0:0:0:0:0:1]:1,0:0:0:0:0:0:0:1,1,true",
        "[::ffff:127.0.0.1]:1,::ffff:127.0.0.1,1,true",
        "[::]:1,::,1,false",
        "0.0.0.0:1,0.0.0.0,1,false",
        "128.0.0.1:1,128.0.0.1,1,false",
        "127.0.0.1.nip.io:1,127.0.0.1.nip.io,1,false",
        "localhost.example:1,localhost.example,1,false",
        "[fe80::1]:1,fe80::1,1,false",
    })
    void anAddressIsReadAndPrintedAgain(String text, String host, int port, boolean loopback) {
        ListenConfig listen = ListenConfig.parse(text);
        assertThat(listen).isEqualTo(new ListenConfig(host, port));
        assertThat(listen.isLoopback()).isEqualTo(loopback);
        assertThat(ListenConfig.parse(listen.toString())).isEqualTo(listen);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":1",
                "a:",
                "a",
                "1.2.3:4",
                "1.2.3.4.5:6",
                "1.2.3.256:1",
                "01.2.3.4:1",
                "1..2.3:1",
                "::1",
                "::1:1",
                "[::1]",
                "[]:1",
                "[a]:1",
                "[::1]x:1",
                "[[::1]]:1",
                "a b:1",
                "a/b:1",
                "-a:1",
                "a:65536",
                "a:99999",
                "a:1x",
                "a:٣",
                "*:1",
                "é:1",
                "http://a:1",
                "[::1%lo0x]:1:",
            })
    void whatIsNoAddressIsRefused(String text) {
        assertThatThrownBy(() -> ListenConfig.parse(text)).isInstanceOf(Unfit.class);
    }
}
