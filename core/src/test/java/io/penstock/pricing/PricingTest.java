package io.penstock.pricing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.catalog.Rates;
import io.penstock.catalog.Tier;
import io.penstock.money.Nanos;
import io.penstock.protocol.Usage;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PricingTest {
    private static final Catalog CATALOG = Catalog.builtIn();

    private static Price price(String id) {
        return CATALOG.model(id).orElseThrow().price();
    }

    private static Usage usage(long input, long read, long write, long write1h, long output) {
        return new Usage(input, read, write, write1h, output, 0, false);
    }

    /**
     * Worked out by hand. Usage is as the dialects' readers hand it on, classes apart: of OpenAI's (and DeepSeek's, and
     * Gemini's) 10,000 prompt tokens with 8,000 cached, 2,000 are input; Anthropic reports its classes apart itself.
     */
    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        // OpenAI: 1.75 in, 0.175 read, 14 out; writing costs what reading in full does
        "openai/gpt-5.2, no cache,          10000,    0,    0,    0,  500, 0.0245",
        "openai/gpt-5.2, read,               2000, 8000,    0,    0,  500, 0.0119",
        "openai/gpt-5.2, 5 min write,        2000,    0, 8000,    0,  500, 0.0245",
        "openai/gpt-5.2, 1 h write,          2000,    0,    0, 8000,  500, 0.0245",
        "openai/gpt-5.2, mixed,              1000, 4000, 3000, 2000,  500, 0.0182",
        // Anthropic: 3 in, 0.30 read, 3.75 and 6 written, 15 out
        "anthropic/claude-sonnet-4.6, no cache,    10000,    0,    0,    0,  500, 0.0375",
        "anthropic/claude-sonnet-4.6, read,         2000, 8000,    0,    0,  500, 0.0159",
        "anthropic/claude-sonnet-4.6, 5 min write,  2000,    0, 8000,    0,  500, 0.0435",
        "anthropic/claude-sonnet-4.6, 1 h write,    2000,    0,    0, 8000,  500, 0.0615",
        "anthropic/claude-sonnet-4.6, mixed,        1000, 4000, 3000, 2000,  500, 0.03495",
        // DeepSeek: 0.14 in, 0.0028 read, 0.28 out
        "deepseek/deepseek-v4-flash, no cache,     10000,    0,    0,    0,  500, 0.00154",
        "deepseek/deepseek-v4-flash, read,          2000, 8000,    0,    0,  500, 0.0004424",
        "deepseek/deepseek-v4-flash, 5 min write,   2000,    0, 8000,    0,  500, 0.00154",
        "deepseek/deepseek-v4-flash, 1 h write,     2000,    0,    0, 8000,  500, 0.00154",
        "deepseek/deepseek-v4-flash, mixed,         1000, 4000, 3000, 2000,  500, 0.0009912",
        // Gemini: 1.25 in, 0.125 read, 10 out
        "google/gemini-2.5-pro, no cache,          10000,    0,    0,    0,  500, 0.0175",
        "google/gemini-2.5-pro, read,               2000, 8000,    0,    0,  500, 0.0085",
        "google/gemini-2.5-pro, 5 min write,        2000,    0, 8000,    0,  500, 0.0175",
        "google/gemini-2.5-pro, 1 h write,          2000,    0,    0, 8000,  500, 0.0175",
        "google/gemini-2.5-pro, mixed,              1000, 4000, 3000, 2000,  500, 0.013",
        // MiniMax: 0.30 in, 0.03 read, 0.375 written, 1.20 out
        "minimax/minimax-m2.5, mixed,               1000, 4000, 3000, 2000,  500, 0.002895"
    })
    void costIsTheSumOverTheClasses(
            String id, String what, long input, long read, long write, long write1h, long output, String usd) {
        assertThat(Pricing.cost(price(id), usage(input, read, write, write1h, output)))
                .as(what)
                .isEqualTo(Nanos.parseUsd(usd));
    }

    @ParameterizedTest
    @CsvSource({
        // Gemini 3.1 Pro: 2 and 12 up to 200,000 tokens of input; 4, 0.40 read and 18 above
        "google/gemini-3.1-pro, 199999, 0, 1000, 0.411998",
        "google/gemini-3.1-pro, 200000, 0, 1000, 0.412",
        "google/gemini-3.1-pro, 200001, 0, 1000, 0.818004",
        // cached input counts towards the border: 150,000 and 50,001 read
        "google/gemini-3.1-pro, 150000, 50001, 1000, 0.6380004",
        // Claude Sonnet 4.5: 3 and 15; 6 and 22.50 above
        "anthropic/claude-sonnet-4.5, 199999, 0, 1000, 0.614997",
        "anthropic/claude-sonnet-4.5, 200001, 0, 1000, 1.222506"
    })
    void aboveTheBorderTheWholeRequestIsPricedByTheHigherTier(
            String id, long input, long read, long output, String usd) {
        assertThat(Pricing.cost(price(id), usage(input, read, 0, 0, output))).isEqualTo(Nanos.parseUsd(usd));
    }

    @Test
    void reasoningIsPartOfTheOutput() {
        Usage thinking = new Usage(1000, 0, 0, 0, 500, 400, false);

        assertThat(Pricing.cost(price("openai/gpt-5"), thinking))
                .isEqualTo(Pricing.cost(price("openai/gpt-5"), usage(1000, 0, 0, 0, 500)));
    }

    @Test
    void halfANanoIsRoundedUpOnceAndForTheWholeRequest() {
        Price half = Price.of(Rates.of(500_000, 500_000L, null, null, 499_999));

        assertThat(Pricing.cost(half, usage(1, 0, 0, 0, 0))).isEqualTo(1);
        assertThat(Pricing.cost(half, usage(1, 1, 0, 0, 0))).isEqualTo(1);
        assertThat(Pricing.cost(half, usage(0, 0, 0, 0, 1))).isZero();
    }

    @Test
    void eachRunIsPricedByItsOwnModelAndItsOwnInputAndHalfANanoIsRoundedUpOnce() {
        Price cheap = new Price(
                Rates.of(1, null, null, null, 1),
                List.of(new Tier(200_000, Rates.of(10_000_000, null, null, null, 1))),
                7,
                100,
                0);
        Price dear = Price.of(1_500_000, 3_000_000);
        List<Pricing.Run> runs = List.of(
                new Pricing.Run(cheap, usage(150_000, 0, 0, 0, 0)), // below the border, though not both together
                new Pricing.Run(cheap, usage(150_000, 0, 0, 0, 0)),
                new Pricing.Run(cheap, usage(200_000, 0, 0, 0, 0)),
                new Pricing.Run(dear, usage(4, 0, 0, 0, 2)));
        assertThat(Pricing.cost(cheap, runs, 2)).isEqualTo(100 + 2 * 7 + 6 + 6 + 1); // half a nano: 500,000 × 1 / 10⁶
        assertThat(Pricing.cost(cheap, List.of(), 0)).isEqualTo(100);
        assertThat(Pricing.cost(dear, List.of(new Pricing.Run(dear, usage(7, 1, 2, 3, 9))), 0))
                .isEqualTo(Pricing.cost(dear, usage(7, 1, 2, 3, 9)));
        assertThatThrownBy(() ->
                        Pricing.cost(dear, List.of(new Pricing.Run(dear, usage(Long.MAX_VALUE / 2, 0, 0, 0, 0))), 0))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Pricing.cost(dear, List.of(), -1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void requestsAndImagesAreAddedAsTheyAre() {
        Price price = new Price(Rates.of(1_000_000, null, null, null, 0), List.of(), 70, 5, 0);

        assertThat(Pricing.cost(price, usage(10, 0, 0, 0, 0), 2)).isEqualTo(10 + 5 + 140);
        assertThat(Pricing.cost(price, usage(10, 0, 0, 0, 0))).isEqualTo(15);
        assertThat(Pricing.estimate(price, 10, 0, 1, 2)).isEqualTo(155);
    }

    @Test
    void anEstimateTakesTheDearestClassTierAndEveryAnswer() {
        Price sonnet = price("anthropic/claude-sonnet-4.6");

        assertThat(Pricing.estimate(sonnet, 10_000, 1_000, 1, 0)).isEqualTo(Nanos.parseUsd("0.075"));
        assertThat(Pricing.estimate(sonnet, 10_000, 1_000, 1, 0, CacheWrites.NONE))
                .isEqualTo(Nanos.parseUsd("0.045"));
        assertThat(Pricing.estimate(sonnet, 10_000, 1_000, 1, 0, CacheWrites.FIVE_MINUTES))
                .isEqualTo(Nanos.parseUsd("0.0525"));
        assertThat(Pricing.estimate(sonnet, 10_000, 1_000, 3, 0, CacheWrites.NONE))
                .isEqualTo(Nanos.parseUsd("0.075"));
        assertThat(Pricing.estimate(price("google/gemini-3.1-pro"), 200_001, 1_000, 1, 0))
                .isEqualTo(Nanos.parseUsd("0.818004"));
        assertThat(Pricing.estimate(Price.FREE, 1_000_000, 1_000_000, 1, 10)).isZero();
    }

    @Test
    void whatDoesNotFitThrowsAndSaysSo() {
        Price dear = Price.of(Nanos.parseUsd("100"), Nanos.parseUsd("100"));

        assertThatThrownBy(() -> Pricing.estimate(dear, 1_000_000_000_000L, 1, 1, 0))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("1000000000000 tokens in")
                .hasMessageContaining("does not fit");
        assertThatThrownBy(() -> Pricing.estimate(dear, 1, Long.MAX_VALUE, 2, 0))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Pricing.cost(dear, usage(Long.MAX_VALUE, 1, 0, 0, 0)))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("does not fit");
        assertThatThrownBy(() -> Pricing.cost(Price.of(0, 0), usage(Long.MAX_VALUE, 1, 0, 0, 0)))
                .isInstanceOf(ArithmeticException.class);
        assertThatThrownBy(() -> Pricing.estimate(dear, -1, 1, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Pricing.estimate(dear, 1, 1, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Pricing.cost(dear, usage(1, 1, 0, 0, 0), -1))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void costEqualsExactArithmeticOrThrows() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        int thrown = 0;
        for (int i = 0; i < 100_000; i++) {
            Price price = randomPrice(random);
            Usage usage = usage(count(random), count(random), count(random), count(random), count(random));
            int images = random.nextInt(4);
            BigDecimal exact = exact(price, usage, images);
            if (exact.multiply(BigDecimal.valueOf(Nanos.TOKENS_PER_PRICE)).compareTo(BigDecimal.valueOf(Long.MAX_VALUE))
                    > 0) {
                thrown++;
                assertThatThrownBy(() -> Pricing.cost(price, usage, images))
                        .as("seed %d, case %d", seed, i)
                        .isInstanceOf(ArithmeticException.class);
            } else {
                assertThat(BigDecimal.valueOf(Pricing.cost(price, usage, images)))
                        .as("seed %d, case %d: %s, %s", seed, i, price, usage)
                        .isEqualByComparingTo(exact);
            }
        }
        assertThat(thrown).as("seed %d: some cases must not fit", seed).isBetween(1, 99_000);
    }

    @ParameterizedTest
    @EnumSource(CacheWrites.class)
    void noUsageWithinTheBoundsCostsMoreThanTheEstimate(CacheWrites writes) {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        List<Price> prices = new ArrayList<>();
        for (Model model : CATALOG.known()) {
            for (Offer offer : model.offers()) {
                prices.add(offer.price());
            }
        }
        for (int i = 0; i < 50_000; i++) {
            Price price = prices.get(random.nextInt(prices.size()));
            long input = random.nextInt(300_000);
            long read = random.nextInt(300_000);
            long write = writes == CacheWrites.NONE ? 0 : random.nextInt(100_000);
            long write1h = writes == CacheWrites.ONE_HOUR ? random.nextInt(100_000) : 0;
            Usage usage = usage(input, read, write, write1h, random.nextInt(100_000));
            long slack = random.nextInt(50_000);

            assertThat(Pricing.cost(price, usage))
                    .as("seed %d, case %d: %s, %s", seed, i, price, usage)
                    .isLessThanOrEqualTo(
                            Pricing.estimate(price, usage.totalInput() + slack, usage.output() + slack, 1, 0, writes));
        }
    }

    private static long count(Random random) {
        return switch (random.nextInt(8)) {
            case 0 -> 0;
            case 1 -> random.nextLong() >>> (20 + random.nextInt(40));
            default -> random.nextInt(300_000);
        };
    }

    private static Price randomPrice(Random random) {
        List<Tier> tiers = random.nextBoolean()
                ? List.of()
                : List.of(new Tier(200_000, randomRates(random)), new Tier(500_000, randomRates(random)));
        return new Price(randomRates(random), tiers, random.nextInt(1_000_000), random.nextInt(1_000), 0);
    }

    private static Rates randomRates(Random random) {
        return new Rates(rate(random), rate(random), rate(random), rate(random), rate(random));
    }

    private static long rate(Random random) {
        return Math.floorMod(random.nextLong(), 150 * Nanos.PER_USD);
    }

    /** Another way to the same number: the tier found from below, big integers, one rounding. */
    private static BigDecimal exact(Price price, Usage usage, int images) {
        BigInteger total = BigInteger.valueOf(usage.input())
                .add(BigInteger.valueOf(usage.cacheRead()))
                .add(BigInteger.valueOf(usage.cacheWrite()))
                .add(BigInteger.valueOf(usage.cacheWrite1h()));
        Rates rates = price.rates();
        for (Tier tier : price.tiers()) {
            if (total.compareTo(BigInteger.valueOf(tier.above())) > 0) {
                rates = tier.rates();
            }
        }
        BigDecimal sum = product(usage.input(), rates.input())
                .add(product(usage.cacheRead(), rates.cacheRead()))
                .add(product(usage.cacheWrite(), rates.cacheWrite()))
                .add(product(usage.cacheWrite1h(), rates.cacheWrite1h()))
                .add(product(usage.output(), rates.output()));
        return sum.movePointLeft(6)
                .setScale(0, RoundingMode.HALF_UP)
                .add(BigDecimal.valueOf(price.request()))
                .add(product(price.image(), images));
    }

    private static BigDecimal product(long a, long b) {
        return BigDecimal.valueOf(a).multiply(BigDecimal.valueOf(b));
    }
}
