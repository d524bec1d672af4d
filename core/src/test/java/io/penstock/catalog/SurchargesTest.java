package io.penstock.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.protocol.Extra;
import io.penstock.protocol.ExtraUsage;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SurchargesTest {
    @ParameterizedTest
    @CsvSource({
        "anthropic, WEB_SEARCH, 10_000_000",
        "openai, WEB_SEARCH, 10_000_000",
        "openai, FILE_SEARCH, 2_500_000",
        "xai, WEB_SEARCH, 5_000_000",
        "xai, SEARCH_SOURCE, 25_000_000",
        "xai, CODE_EXECUTION, 5_000_000",
        "xai, FILE_SEARCH, 2_500_000",
    })
    void theCatalogPricesWhatProvidersDo(String provider, Extra extra, String nanos) {
        var used = new ExtraUsage();
        used.tell(extra, 3);
        Surcharges surcharges = Catalog.builtIn().surcharges(provider);
        assertThat(surcharges.cost(used)).isEqualTo(3 * Long.parseLong(nanos.replace("_", "")));
        assertThat(surcharges.unpriced(used)).isEmpty();
        assertThat(surcharges.cost(extra, 3)).isEqualTo(surcharges.cost(used));
    }

    @Test
    void whatHasNoPriceIsNamed() {
        var used = new ExtraUsage();
        used.tell(Extra.SERVICE_TIER, 1);
        used.tell(Extra.WEB_SEARCH, 2);
        var surcharges = new Surcharges(Map.of(Extra.WEB_SEARCH, 7L));
        assertThat(surcharges.cost(used)).isEqualTo(14);
        assertThat(surcharges.unpriced(used)).containsExactly(Extra.SERVICE_TIER);
        assertThat(Surcharges.NONE.unpriced(used)).containsExactly(Extra.WEB_SEARCH, Extra.SERVICE_TIER);
        assertThat(Catalog.builtIn().surcharges("nobody")).isSameAs(Surcharges.NONE);
    }

    @Test
    void amountsNeverWrapAndAreNeverNegative() {
        var used = new ExtraUsage();
        used.tell(Extra.WEB_SEARCH, 1_000_000_000L);
        used.tell(Extra.FILE_SEARCH, -1);
        assertThatThrownBy(() -> new Surcharges(Map.of(Extra.WEB_SEARCH, Long.MAX_VALUE)).cost(used))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> new Surcharges(Map.of(Extra.WEB_SEARCH, -1L)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(used.count(Extra.FILE_SEARCH)).isZero();
    }
}
