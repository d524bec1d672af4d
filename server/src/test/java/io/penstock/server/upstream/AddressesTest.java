package io.penstock.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.Protocol;
import io.penstock.provider.Endpoint;
import java.util.Base64;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where connections go, and through which proxy. */
class AddressesTest {
    private static final String SECRET = "pr0xy-secret";

    private static Address of(String url, Map<String, String> environment) {
        return new Addresses(environment).of(Endpoint.of(Protocol.OPENAI, url));
    }

    private static Address.@Nullable Proxy proxy(String url, Map<String, String> environment) {
        return of(url, environment).proxy();
    }

    @Test
    void whatIsReachedAtOneHostAndPortSharesItsAddress() {
        Addresses addresses = new Addresses(Map.of());
        Address chat = addresses.of(Endpoint.of(Protocol.OPENAI, "https://a.test/v1"));
        assertThat(addresses.of(Endpoint.of(Protocol.ANTHROPIC, "https://a.test:443/anthropic")))
                .isSameAs(chat);
        assertThat(addresses.of(Endpoint.of(Protocol.OPENAI, "https://b.test/v1")))
                .isNotEqualTo(chat);
        assertThat(addresses.of(Endpoint.of(Protocol.OPENAI, "https://a.test:444/v1")))
                .isNotEqualTo(chat);
        Address plain = addresses.of(Endpoint.of(Protocol.OPENAI, "http://a.test:443/v1"));
        assertThat(plain).isNotEqualTo(chat);
        assertThat(plain.tls()).isNull();
        assertThat(chat.tls()).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.test/v1, a.test",
        "https://a.test:444/v1, a.test:444",
        "http://a.test/v1, a.test",
        "http://a.test:443/v1, a.test:443",
        "https://[2001:db8::1]/v1, [2001:db8::1]",
        "http://[2001:db8::1]:8080/v1, [2001:db8::1]:8080"
    })
    void theAuthorityHasNoPortThatItsSchemeImplies(String url, String authority) {
        assertThat(of(url, Map.of()).authority()).isEqualTo(authority);
    }

    @ParameterizedTest
    @CsvSource({
        "http://proxy.test:3128, proxy.test, 3128",
        "http://proxy.test, proxy.test, 80",
        "proxy.test:3128, proxy.test, 3128",
        "HTTP://proxy.test:3128/, proxy.test, 3128",
        "' http://proxy.test:3128 ', proxy.test, 3128",
        "127.0.0.1:3128, 127.0.0.1, 3128"
    })
    void theEnvironmentNamesAProxyInEitherCase(String url, String host, int port) {
        for (String name : new String[] {"HTTPS_PROXY", "https_proxy"}) {
            assertThat(proxy("https://a.test/v1", Map.of(name, url))).isEqualTo(new Address.Proxy(host, port, null));
        }
    }

    @Test
    void theUpperCaseNameIsTakenFirstAndAnEmptyOneIsNone() {
        Map<String, String> both = Map.of("HTTPS_PROXY", "http://upper.test", "https_proxy", "http://lower.test");
        assertThat(proxy("https://a.test", both)).isEqualTo(new Address.Proxy("upper.test", 80, null));
        assertThat(proxy("https://a.test", Map.of("HTTPS_PROXY", " "))).isNull();
        assertThat(proxy("https://a.test", Map.of())).isNull();
    }

    @Test
    void aProxysUserIsShownToItAndNotInItsText() {
        Address.Proxy proxy = Objects.requireNonNull(
                proxy("https://a.test", Map.of("HTTPS_PROXY", "http://me:" + SECRET + "%21@proxy.test:3128")));
        String shown = Objects.requireNonNull(proxy.authorization());
        assertThat(shown).startsWith("Basic ");
        assertThat(new String(Base64.getDecoder().decode(shown.substring(6)), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("me:" + SECRET + "!");
        assertThat(proxy.toString()).isEqualTo("proxy.test:3128");
    }

    /** Model servers of this machine and plain HTTP, which no proxy tunnels, are reached directly. */
    @ParameterizedTest
    @ValueSource(
            strings = {"http://a.test/v1", "http://127.0.0.1:11434/v1", "https://localhost/v1", "https://127.0.0.1/v1"})
    void plainHttpAndLoopbackTakeNoProxy(String url) {
        assertThat(proxy(url, Map.of("HTTPS_PROXY", "http://proxy.test"))).isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a.test | true",
                ".a.test | true",
                "A.TEST | true",
                "b.test, a.test | true",
                "* | true",
                "test | true",
                ".test | true",
                "b.test | false",
                "''| false",
                ",, | false",
                "x.a.test | false",
                "est | false",
                ". | false",
                "a.tes | false"
            })
    void hostsThatAreExceptedTakeNoProxy(String noProxy, boolean direct) {
        for (String name : new String[] {"NO_PROXY", "no_proxy"}) {
            Map<String, String> environment = Map.of("HTTPS_PROXY", "http://proxy.test", name, noProxy);
            assertThat(proxy("https://a.test/v1", environment) == null)
                    .as(noProxy)
                    .isEqualTo(direct);
        }
        Map<String, String> environment = Map.of("HTTPS_PROXY", "http://proxy.test", "NO_PROXY", "a.test");
        assertThat(proxy("https://deep.in.a.test", environment)).isNull();
        assertThat(proxy("https://nota.test", environment)).isNotNull();
    }

    /** A secret may stand in it, also in one that cannot be read. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://me:" + SECRET + "@proxy.test",
                "socks5://me:" + SECRET + "@proxy.test",
                "http://me:" + SECRET + "@",
                "http://me:" + SECRET + " @proxy.test",
                "http://me:" + SECRET + "%@proxy.test",
                "http://me:" + SECRET + "@[::1",
                "http:// "
            })
    void whatIsNoProxyIsToldWithoutTheSecretInIt(String url) {
        assertThatThrownBy(() -> proxy("https://a.test/v1", Map.of("HTTPS_PROXY", url)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("HTTPS_PROXY: expected http://host:port")
                .hasNoCause();
    }
}
