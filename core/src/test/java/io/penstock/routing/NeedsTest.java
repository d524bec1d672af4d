package io.penstock.routing;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Modality;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.protocol.BodyScanner;
import io.penstock.protocol.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NeedsTest {
    private static final String[] WORDS = {"images", "audio", "files", "tools", "structured_output"};

    private static final String IMAGE = "{'type':'image_url','image_url':{'url':'https://a.test/b.png'}}";
    private static final String AUDIO = "{'type':'input_audio','input_audio':{'data':'QUJD','format':'wav'}}";
    private static final String FILE = "{'type':'file','file':{'file_data':'data:application/pdf;base64,QUJD'}}";

    private static Needs of(String fields) {
        byte[] body = ("{'model':'m'," + fields + "}").replace('\'', '"').getBytes(StandardCharsets.UTF_8);
        BodyScanner scanner = new BodyScanner();
        scanner.feed(body, 0, body.length);
        assertThat(scanner.finish()).isTrue();
        return Needs.of(scanner.request());
    }

    private static String content(String... parts) {
        return "'messages':[{'role':'user','content':[" + String.join(",", parts) + "]}]";
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'messages':[{'role':'user','content':'Hi'}] | 00000",
                "'tools':[] | 00000",
                "'tools':null,'response_format':{'type':'text'} | 00000",
                "'tools':[{'type':'function','function':{'name':'f'}}] | 00010",
                "'response_format':{'type':'json_schema','json_schema':{'name':'a','schema':{}}} | 00001",
                "'tools':[{'name':'f'}],'response_format':{'type':'json_schema','json_schema':{}} | 00011"
            })
    void aRequestTellsWhatItNeeds(String fields, String flags) {
        assertThat(of(fields)).isEqualTo(needs(flags));
    }

    @Test
    void soDoItsParts() {
        assertThat(of(content(IMAGE))).isEqualTo(needs("10000"));
        assertThat(of(content(AUDIO))).isEqualTo(needs("01000"));
        assertThat(of(content(FILE))).isEqualTo(needs("00100"));
        assertThat(of(content(IMAGE, AUDIO, FILE) + ",'tools':[{'name':'f'}]")).isEqualTo(needs("11110"));
        assertThat(of(content(IMAGE))).as("none is made for a request").isSameAs(of(content(IMAGE, IMAGE)));
    }

    private static Needs needs(String flags) {
        return new Needs(
                flags.charAt(0) == '1',
                flags.charAt(1) == '1',
                flags.charAt(2) == '1',
                flags.charAt(3) == '1',
                flags.charAt(4) == '1');
    }

    private static Model model(String flags) {
        Offer offer = new Offer("lab", "native", Price.FREE, 8_192, 1_024, Set.of(Protocol.OPENAI));
        List<Modality> input = new ArrayList<>(List.of(Modality.TEXT));
        Modality[] kinds = {Modality.IMAGE, Modality.AUDIO, Modality.FILE};
        for (int i = 0; i < kinds.length; i++) {
            if (flags.charAt(i) == '1') {
                input.add(kinds[i]);
            }
        }
        return Model.builder("lab/m")
                .limits(8_192, 1_024)
                .input(input)
                .tools(flags.charAt(3) == '1')
                .structuredOutput(flags.charAt(4) == '1')
                .offers(List.of(offer))
                .build();
    }

    /** All needs against all models: the first that is missing is told, or none. */
    @Test
    void theFirstThingThatAModelCannotDoIsTold() {
        for (int needed = 0; needed < 32; needed++) {
            for (int able = 0; able < 32; able++) {
                assertThat(needs(flags(needed)).missing(model(flags(able))))
                        .as("%s of %s", flags(needed), flags(able))
                        .isEqualTo(first(needed & ~able));
            }
        }
    }

    private static String flags(int bits) {
        StringBuilder flags = new StringBuilder();
        for (int i = 0; i < WORDS.length; i++) {
            flags.append((bits & 1 << i) != 0 ? '1' : '0');
        }
        return flags.toString();
    }

    private static @Nullable String first(int missing) {
        return missing == 0 ? null : WORDS[Integer.numberOfTrailingZeros(missing)];
    }
}
