package io.penstock.server.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.penstock.server.http.RequestHead;
import io.penstock.server.wire.Hosts.Origin;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which names are ours, and which pages may ask: what stands between a page in a browser and loopback. */
class HostsTest {
    private static final Hosts LOOPBACK = new Hosts(List.of(), false);
    private static final Hosts NAMED = new Hosts(List.of("Gateway.Example", "[2001:db8::1]"), false);
    private static final Hosts ANY = new Hosts(List.of(), true);

    private interface Look<T> {
        T at(RequestHead head, ByteBuf in);
    }

    private static <T> T look(String head, Look<T> look) {
        ByteBuf in = Unpooled.copiedBuffer(head, StandardCharsets.ISO_8859_1);
        RequestHead read = new RequestHead();
        read.reset();
        assertThat(read.parse(in)).isTrue();
        T seen = look.at(read, in);
        in.release();
        return seen;
    }

    private static boolean allowed(Hosts hosts, String target, String version, @Nullable String host) {
        String line = host == null ? "" : "Host: " + host + "\r\n";
        return look("GET " + target + " HTTP/" + version + "\r\n" + line + "\r\n", hosts::hostAllowed);
    }

    private static Origin origin(Hosts hosts, String host, @Nullable String origin) {
        String line = origin == null ? "" : "Origin: " + origin + "\r\n";
        return look("GET / HTTP/1.1\r\nHost: " + host + "\r\n" + line + "\r\n", hosts::origin);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"localhost", "LocalHost:4680", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:4680", "localhost:"})
    void theNamesOfLoopbackAreOursWithAnyPort(String host) {
        for (Hosts hosts : List.of(LOOPBACK, NAMED, ANY)) {
            assertThat(allowed(hosts, "/", "1.1", host)).isTrue();
            assertThat(allowed(hosts, "http://" + host.replaceAll(":$", "") + "/", "1.1", host))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:4680",
                "localhost.evil.example",
                "xlocalhost",
                "localhost.",
                "127.0.0.2",
                "127.0.0.1.evil.example:80",
                "::1",
                "[::1",
                "[::2]",
                "localhost:80:80",
                "localhost:8x",
                ":4680",
                "4680",
                ""
            })
    void othersAreNot(String host) {
        assertThat(allowed(LOOPBACK, "/", "1.1", host)).isFalse();
        assertThat(allowed(NAMED, "/", "1.1", host)).isFalse();
        assertThat(allowed(ANY, "/", "1.1", host))
                .as("which other machines may call us")
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gateway.example", "GATEWAY.example:4680", "[2001:db8::1]", "[2001:DB8::1]:1"})
    void namesThatAreConfiguredAreOursToo(String host) {
        assertThat(allowed(NAMED, "/", "1.1", host)).isTrue();
        assertThat(allowed(LOOPBACK, "/", "1.1", host)).isFalse();
    }

    /** What counts is the target, but the header must not say otherwise. */
    @Test
    void aTargetThatNamesAHostMustNameOursAsTheHeaderDoes() {
        assertThat(allowed(LOOPBACK, "http://evil.example/", "1.1", "localhost"))
                .isFalse();
        assertThat(allowed(LOOPBACK, "http://localhost/", "1.1", "evil.example"))
                .isFalse();
        assertThat(allowed(LOOPBACK, "http://localhost:4680/", "1.1", "localhost"))
                .isTrue();
    }

    @Test
    void onlyTheOldestClientsSayNoHost() {
        for (Hosts hosts : List.of(LOOPBACK, ANY)) {
            assertThat(allowed(hosts, "/", "1.0", null)).isTrue();
            assertThat(allowed(hosts, "/", "1.0", "localhost")).isTrue();
        }
        assertThat(allowed(LOOPBACK, "/", "1.0", "evil.example")).isFalse();
        assertThat(allowed(LOOPBACK, "http://evil.example/", "1.0", null)).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "localhost | http://localhost | OWN",
                "localhost:4680 | http://localhost:4680 | OWN",
                "LOCALHOST:4680 | https://localhost:4680 | OWN",
                "[::1]:4680 | HTTP://[::1]:4680 | OWN",
                "localhost:4680 | http://localhost:3000 | FOREIGN",
                "localhost:4680 | http://localhost | FOREIGN",
                "localhost:4680 | http://127.0.0.1:4680 | FOREIGN",
                "localhost:4680 | http://evil.example | FOREIGN",
                "localhost:4680 | http://localhost:4680.evil | FOREIGN",
                "localhost:4680 | http://evil.exam:4680 | FOREIGN",
                "evil.example | http://evil.example | FOREIGN",
                "localhost | ftp://localhost | FOREIGN",
                "localhost | localhost | FOREIGN",
                "localhost | http: | FOREIGN",
                "localhost | chrome-extension://localhost | FOREIGN",
                "localhost | nullx | FOREIGN",
                "localhost | null | NOWHERE",
                "localhost | app://obsidian.md | NOWHERE",
                "localhost | FILE:///tmp/x | NOWHERE"
            })
    void aPageIsOursOnlyAtTheVeryHostThatItAsks(String host, String origin, Origin expected) {
        assertThat(origin(LOOPBACK, host, origin)).isEqualTo(expected);
    }

    @Test
    void whoSaysNothingIsNoPage() {
        assertThat(origin(LOOPBACK, "localhost", null)).isEqualTo(Origin.OWN);
    }

    /** Bound to where others reach us our names cannot be known: a page is ours if it was loaded from where it asks. */
    @Test
    void boundToAllAddressesAPageOfThatHostIsOurs() {
        assertThat(origin(ANY, "box.lan:4680", "http://box.lan:4680")).isEqualTo(Origin.OWN);
        assertThat(origin(ANY, "box.lan:4680", "http://evil.example")).isEqualTo(Origin.FOREIGN);
        assertThat(origin(ANY, "box.lan:4680", "http://box.lan:4681")).isEqualTo(Origin.FOREIGN);
        assertThat(origin(NAMED, "gateway.example", "https://gateway.example")).isEqualTo(Origin.OWN);
    }
}
