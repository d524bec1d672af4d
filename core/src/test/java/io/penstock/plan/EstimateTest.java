package io.penstock.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.catalog.Rates;
import io.penstock.catalog.Surcharges;
import io.penstock.error.GatewayException;
import io.penstock.pricing.Pricing;
import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.ChatRequest;
import io.penstock.protocol.Extra;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import io.penstock.protocol.tokens.MediaTokens;
import io.penstock.protocol.translate.Form;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is held for a request: never less than it can cost. Prices are one nano per token of input, a thousand per token of output. */
class EstimateTest {
    private static final int CONTEXT = 100_000;
    private static final int MAX_OUTPUT = 5_000;
    private static final long OUT = 1_000;
    private static final Offer OFFER = new Offer(
            "lab", "tiny", Price.of(1_000_000, OUT * 1_000_000), CONTEXT, MAX_OUTPUT, Set.of(Protocol.OPENAI));

    private static ChatRequest request(String body) {
        byte[] bytes = body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        BodyScanner scanner = new BodyScanner();
        scanner.feed(bytes, 0, bytes.length);
        assertThat(scanner.finish()).as(body).isTrue();
        return scanner.request();
    }

    private static long nanos(String body, Protocol protocol, Form form) {
        return Estimate.nanos(request(body), protocol, form, false, OFFER, Surcharges.NONE);
    }

    private static long chat(String body) {
        return nanos(body, Protocol.OPENAI, Form.CHAT);
    }

    /** The tokens of output in an estimate, whose input costs less than one of them. */
    private static long output(long nanos) {
        return nanos / OUT;
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "OPENAI | {} | 5000",
                "OPENAI | {'max_tokens':7} | 7",
                "OPENAI | {'max_completion_tokens':8} | 8",
                "OPENAI | {'max_tokens':7,'max_completion_tokens':8} | 8",
                "OPENAI | {'max_output_tokens':7} | 5000",
                "OPENAI | {'max_tokens':0} | 0",
                "OPENAI | {'max_tokens':4999} | 4999",
                "OPENAI | {'max_tokens':5001} | 5000",
                "OPENAI | {'max_tokens':999999999999} | 5000",
                "OPENAI | {'max_tokens':null} | 5000",
                "ANTHROPIC | {'max_tokens':7} | 7",
                "RESPONSES | {'max_output_tokens':9} | 9",
                "RESPONSES | {'max_tokens':9} | 5000",
                "RESPONSES | {'max_output_tokens':null} | 5000"
            })
    void theOutputIsWhatIsAskedForAndNoMoreThanTheOfferHas(Protocol protocol, String body, long tokens) {
        assertThat(output(nanos(body, protocol, Form.CHAT))).isEqualTo(tokens);
    }

    @Test
    void embeddingsHaveNoOutput() {
        String body = "{'input':'0123456789'}";
        assertThat(Estimate.nanos(request(body), Protocol.OPENAI, Form.CHAT, true, OFFER, Surcharges.NONE))
                .isEqualTo(body.length());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CHAT | {'n':3,'max_tokens':10} | 30",
                "CHAT | {'n':128,'max_tokens':10} | 1280",
                "CHAT | {'n':0,'max_tokens':10} | 10",
                "CHAT | {'n':null,'max_tokens':10} | 10",
                "CHAT | {'n':2,'best_of':9,'prompt':['a','b'],'max_tokens':10} | 20",
                "MESSAGES | {'max_tokens':10} | 10",
                "COMPLETIONS | {'prompt':'a','max_tokens':10} | 10",
                "COMPLETIONS | {'prompt':['a','b','c'],'max_tokens':10} | 30",
                "COMPLETIONS | {'prompt':['a','b','c'],'n':2,'max_tokens':10} | 60",
                "COMPLETIONS | {'prompt':['a','b'],'n':2,'best_of':5,'max_tokens':10} | 100",
                "COMPLETIONS | {'prompt':['a','b'],'n':6,'best_of':5,'max_tokens':10} | 120",
                "COMPLETIONS | {'prompt':[],'max_tokens':10} | 10",
                "COMPLETIONS | {'best_of':128,'max_tokens':10} | 1280"
            })
    void everyAnswerIsPaidForAlsoTheOnesThatAreNotTold(Form form, String body, long tokens) {
        assertThat(output(nanos(body, Protocol.OPENAI, form))).isEqualTo(tokens);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "CHAT | {'n':129} | n",
                "CHAT | {'n':999999999999} | n",
                "COMPLETIONS | {'n':129} | n",
                "COMPLETIONS | {'best_of':129} | best_of",
                "COMPLETIONS | {'best_of':4294967297} | best_of"
            })
    void moreAnswersThanAnybodyGivesAreRefused(Form form, String body, String field) {
        assertThatThrownBy(() -> nanos(body, Protocol.OPENAI, form))
                .isInstanceOf(GatewayException.class)
                .hasMessage("invalid JSON body: " + field + " must be at most 128");
    }

    @Test
    void theInputIsBoundedByItsBytes() {
        String body = "{'max_tokens':0,'messages':[{'role':'user','content':'" + "x".repeat(900) + "'}]}";
        assertThat(chat(body)).isEqualTo(body.length());
    }

    /** Of which nothing here says how large it is: it fits, and no more is known. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RESPONSES | {'previous_response_id':'r','max_output_tokens':0}",
                "RESPONSES | {'conversation':'c','max_output_tokens':0}",
                "RESPONSES | {'prompt':{'id':'p'},'max_output_tokens':0}",
                "RESPONSES | {'tools':[{'type':'web_search'}],'max_output_tokens':0}",
                "OPENAI | {'web_search_options':{},'max_tokens':0}",
                "OPENAI | {'plugins':[{'id':'web'}],'max_tokens':0}",
                "ANTHROPIC | {'max_tokens':0,'messages':[{'role':'user','content':[{'type':'document','source':{'type':'url','url':'https://a.test/b.pdf'}}]}]}"
            })
    void whatTheProviderAddsToTheInputMayFillTheContext(Protocol protocol, String body) {
        assertThat(nanos(body, protocol, Form.CHAT)).isEqualTo(CONTEXT);
        String longer = body.substring(0, body.length() - 1) + ",'user':'" + "x".repeat(CONTEXT) + "'}";
        assertThat(nanos(longer, protocol, Form.CHAT))
                .as("unless it is longer itself")
                .isEqualTo(longer.length());
    }

    @Test
    void thatIsOfResponsesAlone() {
        String body = "{'previous_response_id':'r','prompt':'p','conversation':'c','max_tokens':0}";
        assertThat(chat(body)).isEqualTo(body.length());
    }

    @Test
    void imagesCountByTheirNumberAndNotByTheirBytes() {
        String image = "{'type':'image_url','image_url':{'url':'data:image/png;base64,%s'}}";
        String small = image.formatted("A".repeat(8));
        String large = image.formatted("A".repeat(80_000));
        String body = "{'max_tokens':0,'messages':[{'role':'user','content':[%s,%s]}]}";
        ChatRequest request = request(body.formatted(small, large));
        assertThat(request.images()).isEqualTo(2);
        assertThat(chat(body.formatted(small, large)))
                .isEqualTo(request.bytes() - request.mediaBytes() + 2 * MediaTokens.IMAGE_TOKENS_MAX);
        assertThat(chat(body.formatted(small, large)) - chat(body.formatted(small, small)))
                .isLessThan(MediaTokens.IMAGE_TOKENS_MAX);
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 4_000, 4_000_000})
    void soundAndFilesCountByTheirBytesAndAtLeastAsAnImage(int bytes) {
        String sound =
                "{'max_tokens':0,'messages':[{'role':'user','content':[{'type':'input_audio','input_audio':{'format':'wav',"
                        + "'data':'" + "A".repeat(bytes) + "'}}]}]}";
        ChatRequest request = request(sound);
        assertThat(request.mediaBytes()).isEqualTo(bytes);
        assertThat(chat(sound))
                .isEqualTo(request.bytes() - bytes + Math.max(MediaTokens.IMAGE_TOKENS_MAX, bytes / 100));
    }

    @Test
    void theProvidersOwnToolsAreHeldTenTimes() {
        Surcharges surcharges = new Surcharges(Map.of(Extra.WEB_SEARCH, 7L, Extra.CODE_EXECUTION, 1_000_000L));
        ChatRequest search = request("{'tools':[{'type':'web_search_20250305','name':'s'}],'max_tokens':0}");
        assertThat(Estimate.nanos(search, Protocol.ANTHROPIC, Form.MESSAGES, false, OFFER, surcharges))
                .isEqualTo(CONTEXT + 70);
        assertThat(Estimate.nanos(search, Protocol.ANTHROPIC, Form.MESSAGES, false, OFFER, Surcharges.NONE))
                .isEqualTo(CONTEXT);
    }

    @Test
    void whatNoNumberHoldsIsRefusedAndDoesNotWrap() {
        Surcharges dear = new Surcharges(Map.of(Extra.WEB_SEARCH, Long.MAX_VALUE / 10));
        ChatRequest search = request("{'web_search_options':{},'max_tokens':0}");
        assertThatThrownBy(() -> Estimate.nanos(search, Protocol.OPENAI, Form.CHAT, false, OFFER, dear))
                .isInstanceOf(ArithmeticException.class);
    }

    /** Whatever a provider reports of a request inside its bounds, at any price. */
    @Test
    void noUsageWithinTheBoundsCostsMoreThanWasHeld() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 5_000; round++) {
            String how = "seed " + seed + " round " + round;
            Rates rates = new Rates(
                    random.nextInt(90_000_000),
                    random.nextInt(90_000_000),
                    random.nextInt(90_000_000),
                    random.nextInt(90_000_000),
                    random.nextInt(90_000_000));
            Offer offer = new Offer("lab", "tiny", Price.of(rates), CONTEXT, MAX_OUTPUT, Set.of(Protocol.OPENAI));
            int n = 1 + random.nextInt(4);
            long asked = random.nextInt(2 * MAX_OUTPUT);
            ChatRequest request = request("{'n':" + n + ",'max_tokens':" + asked
                    + ",'messages':[{'role':'user','content':'" + "x".repeat(random.nextInt(500)) + "'}]}");
            long held = Estimate.nanos(request, Protocol.OPENAI, Form.CHAT, false, offer, Surcharges.NONE);
            long left = request.bytes();
            long[] input = new long[4];
            for (int i = 0; i < input.length; i++) {
                input[i] = random.nextLong(left + 1);
                left -= input[i];
            }
            long output = random.nextLong(n * Math.min(asked, MAX_OUTPUT) + 1);
            Usage usage = new Usage(input[0], input[1], input[2], input[3], output, output / 2, false);
            assertThat(Pricing.cost(offer.price(), usage, 0)).as(how).isLessThanOrEqualTo(held);
        }
    }
}
