package io.penstock.protocol;

import static io.penstock.protocol.Bodies.request;
import static io.penstock.protocol.Bodies.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.ChatRequest.Field;
import io.penstock.protocol.ChatRequest.IncludeUsage;
import io.penstock.protocol.ChatRequest.ModelState;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChatRequestTest {
    @Test
    void aFieldCanBeCutOutAndPutIn() {
        String body = " { \"model\" : \"a/b\" ,\"strea\\u006d\":true, \"x\":[1, 2] } ";
        ChatRequest request = request(body);
        assertThat(request.fieldCount()).isEqualTo(3);
        assertThat(body.substring(request.nameStart(0), request.valueStart(0))).isEqualTo("\"model\" : ");
        assertThat(value(request, body, 0)).isEqualTo("\"a/b\"");
        assertThat(request.indexOf(Field.STREAM)).isEqualTo(1);
        assertThat(value(request, body, 1)).isEqualTo("true");
        assertThat(request.name(2)).isEqualTo("x");
        assertThat(value(request, body, 2)).isEqualTo("[1, 2]");
        assertThat(request.objectStart()).isEqualTo(1);
        assertThat(body.charAt(request.objectEnd())).isEqualTo('}');
        assertThat(request.bytes()).isEqualTo(body.length());
        assertThat(request.indexOf(Field.TOOLS)).isEqualTo(-1);
        assertThat(request("{ }").fieldCount()).isZero();
    }

    private static String value(ChatRequest request, String body, int index) {
        return body.substring(request.valueStart(index), request.valueEnd(index));
    }

    @Test
    void everyKnownFieldIsFoundByItsName() {
        assertThat(Field.values()).hasSizeLessThanOrEqualTo(64); // flags are bits of a long
        for (Field field : Field.values()) {
            assertThat(request("{\"a\":1,\"" + field.wireName() + "\":null}").indexOf(field))
                    .isEqualTo(1);
        }
    }

    @Test
    void aModelIsAbsentOrNoStringOrBlankOrTooLongOrGiven() {
        assertModel("{}", ModelState.ABSENT, null);
        assertModel("{\"x\":{\"model\":\"a\"}}", ModelState.ABSENT, null);
        assertModel("{\"model\":null}", ModelState.NOT_A_STRING, null);
        assertModel("{\"model\":[\"a\"]}", ModelState.NOT_A_STRING, null);
        assertModel("{\"model\":\"\"}", ModelState.BLANK, null);
        assertModel("{\"model\":\" \\t\\u0020\"}", ModelState.BLANK, null);
        assertModel("{\"model\":\"openai\\/gpt-5\\u002e2\"}", ModelState.GIVEN, "openai/gpt-5.2");
        assertModel("{\"model\":\"" + "é".repeat(128) + "\"}", ModelState.GIVEN, "é".repeat(128));
        assertModel("{\"model\":\"" + "é".repeat(128) + "a\"}", ModelState.TOO_LONG, null);
        assertModel("{\"model\":\"" + "\\u0061".repeat(256) + "\"}", ModelState.GIVEN, "a".repeat(256));
        assertModel("{\"model\":\"" + "\\u0061".repeat(257) + "\"}", ModelState.TOO_LONG, null);
        assertModel("{\"model\":\"" + " ".repeat(100_000) + "\"}", ModelState.TOO_LONG, null);
    }

    private static void assertModel(String body, ModelState state, @Nullable String model) {
        assertThat(request(body).modelState()).as(body).isEqualTo(state);
        assertThat(request(body).model()).as(body).isEqualTo(model);
        assertThat(request(body).isInvalid(Field.MODEL))
                .as(body)
                .isEqualTo(state != ModelState.ABSENT && state != ModelState.GIVEN);
    }

    @Test
    void theModelOfTheNextBodyIsItsOwn() {
        BodyScanner scanner = new BodyScanner();
        for (String model : new String[] {"a/b", "a/b", "a/c", "a", "a/b"}) {
            byte[] body = utf8("{\"model\":\"" + model + "\"}");
            scanner.reset();
            scanner.feed(body, 0, body.length);
            assertThat(scanner.finish()).isTrue();
            assertThat(scanner.request().model()).isEqualTo(model);
        }
    }

    @ParameterizedTest
    @CsvSource({"true,true,false", "false,false,false", "null,false,false", "1,false,true", "'\"true\"',false,true"})
    void streamIsABoolean(String value, boolean stream, boolean invalid) {
        assertThat(request("{\"background\":" + value + "}").background()).isEqualTo(stream);
        ChatRequest request = request("{\"stream\":" + value + "}");
        assertThat(request.stream()).isEqualTo(stream);
        assertThat(request.isInvalid(Field.STREAM)).isEqualTo(invalid);
    }

    @ParameterizedTest
    @CsvSource({
        "0,0,false",
        "4096,4096,false",
        "999999999999999999,999999999999999999,false",
        "null,-1,false",
        "1000000000000000000,-1,true",
        "-1,-1,true",
        "1.5,-1,true",
        "1e3,-1,true",
        "true,-1,true",
        "'\"5\"',-1,true"
    })
    void aLimitIsAWholeNumber(String value, long limit, boolean invalid) {
        ChatRequest request = request("{\"max_tokens\":" + value + ",\"max_completion_tokens\":" + value
                + ",\"max_output_tokens\":" + value + ",\"n\":" + value + "}");
        assertThat(request.maxTokens()).isEqualTo(limit);
        assertThat(request.maxCompletionTokens()).isEqualTo(limit);
        assertThat(request.maxOutputTokens()).isEqualTo(limit);
        assertThat(request.n()).isEqualTo(limit);
        assertThat(request.isInvalid(Field.MAX_TOKENS)).isEqualTo(invalid);
        assertThat(request.isInvalid(Field.N)).isEqualTo(invalid);
    }

    @Test
    void usageCanBeAskedForWhateverTheClientSaid() {
        String body = "{\"stream_options\": {\"x\":1, \"include_usage\" : false}}";
        ChatRequest request = request(body);
        assertThat(request.includeUsage()).isEqualTo(IncludeUsage.FALSE);
        assertThat(body.substring(request.includeUsageStart(), request.includeUsageEnd()))
                .isEqualTo("false");
        assertThat(body.substring(request.streamOptionsInside())).startsWith("\"x\"");
        assertThat(request.streamOptionsEmpty()).isFalse();

        assertThat(request("{\"stream_options\":{\"include_usage\":true}}").includeUsage())
                .isEqualTo(IncludeUsage.TRUE);
        assertThat(request("{\"stream_options\":{\"include_usage\":null}}").includeUsage())
                .isEqualTo(IncludeUsage.FALSE);

        ChatRequest empty = request("{\"stream_options\":{ }}");
        assertThat(empty.includeUsage()).isEqualTo(IncludeUsage.ABSENT);
        assertThat(empty.includeUsageStart()).isEqualTo(-1);
        assertThat(empty.streamOptionsInside()).isEqualTo(19);
        assertThat(empty.streamOptionsEmpty()).isTrue();

        assertThat(request("{\"stream_options\":null}").streamOptionsInside()).isEqualTo(-1);
        assertThat(request("{\"stream_options\":null}").isInvalid(Field.STREAM_OPTIONS))
                .isFalse();
        assertThat(request("{\"stream_options\":[]}").isInvalid(Field.STREAM_OPTIONS))
                .isTrue();
        assertThat(request("{\"x\":{\"include_usage\":true},\"include_usage\":true}")
                        .includeUsage())
                .isEqualTo(IncludeUsage.ABSENT);
    }

    @Test
    void messagesAndToolsAreCounted() {
        ChatRequest request = request("{\"messages\":[{},{\"messages\":[1,2]},{}],\"tools\":[{\"tools\":[1]},2]}");
        assertThat(request.messageCount()).isEqualTo(3);
        assertThat(request.toolCount()).isEqualTo(2);
        assertThat(request("{\"input\":[{},{}]}").messageCount()).isEqualTo(2);
        assertThat(request("{\"input\":\"hello\"}").isInvalid(Field.INPUT)).isFalse();
        assertThat(request("{\"messages\":\"hello\"}").isInvalid(Field.MESSAGES))
                .isTrue();
        assertThat(request("{\"messages\":{}}").isInvalid(Field.MESSAGES)).isTrue();
        assertThat(request("{\"tools\":{}}").isInvalid(Field.TOOLS)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "image,true,false,false",
        "image_url,true,false,false",
        "input_image,true,false,false",
        "input_audio,false,true,false",
        "audio,false,true,false",
        "document,false,false,true",
        "file,false,false,true",
        "input_file,false,false,true",
        "text,false,false,false",
        "im\\u0061ge,true,false,false"
    })
    void mediaAreFoundInPartsAndInToolResults(String type, boolean image, boolean audio, boolean file) {
        String part = "{\"x\":{\"type\":\"image\"},\"type\":\"" + type + "\"}";
        for (String body : new String[] {
            "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"image\"}," + part + "]}]}",
            "{\"messages\":[{\"content\":[{\"type\":\"tool_result\",\"content\":[" + part + "]}],\"role\":\"user\"}]}",
            "{\"input\":[{\"content\":[" + part + "]}]}",
            "{\"input\":[{\"type\":\"function_call_output\",\"output\":[" + part + "]}]}"
        }) {
            ChatRequest request = request(body);
            assertThat(request.hasImages()).as(body).isEqualTo(image);
            assertThat(request.hasAudio()).as(body).isEqualTo(audio);
            assertThat(request.hasFiles()).as(body).isEqualTo(file);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"tools\":[{\"content\":[{\"type\":\"image\"}],\"input_schema\":{\"content\":[{\"type\":\"image\"}]}}]}",
                "{\"messages\":[{\"content\":[{\"type\":\"tool_use\",\"input\":{\"type\":\"image\",\"content\":[{\"type\":\"image\"}]}}]}]}",
                "{\"messages\":[{\"type\":\"image\",\"tool_calls\":[{\"type\":\"image\",\"content\":[{\"type\":\"image\"}]}]}]}",
                "{\"messages\":[{\"content\":{\"type\":\"image\"}}],\"type\":\"image\"}",
                "{\"messages\":[{\"content\":[[{\"type\":\"image\"}]]}]}",
                "{\"messages\":[{\"content\":[{\"content\":[{\"content\":[{\"type\":\"image\"}]}]}]}]}",
                "{\"content\":[{\"type\":\"image\"}],\"metadata\":{\"messages\":[{\"content\":[{\"type\":\"image\"}]}]}}",
            })
    void lookAlikesElsewhereAreNotMedia(String body) {
        assertThat(request(body).hasImages()).isFalse();
    }

    @Test
    void mediaBytesAreThoseOfTheLongStrings() {
        assertMedia(4, "{\"type\":\"image\",\"source\":{\"type\":\"base64\",\"data\":\"AAAA\"}}");
        assertMedia(4, "{\"source\":{\"data\":\"AAAA\",\"type\":\"base64\"},\"type\":\"document\"}");
        assertMedia(24, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,AA\"}}");
        assertMedia(24, "{\"type\":\"input_image\",\"image_url\":\"data:image/png;base64,AA\"}");
        assertMedia(
                30,
                "{\"type\":\"file\",\"file\":{\"filename\":\"f\",\"file_data\":\"data:application/pdf;base64,AA\"}}");
        assertMedia(8, "{\"type\":\"input_file\",\"file_data\":\"JVBERi0x\"}");
        assertMedia(3, "{\"type\":\"input_audio\",\"input_audio\":{\"data\":\"AAA\",\"format\":\"wav\"}}");
        // What is or may be text stays text.
        assertMedia(0, "{\"type\":\"document\",\"source\":{\"type\":\"text\",\"data\":\"a long text\"}}");
        assertMedia(0, "{\"type\":\"text\",\"source\":{\"type\":\"base64\",\"data\":\"AAAA\"}}");
        assertMedia(0, "{\"type\":\"image_url\",\"image_url\":{\"url\":\"https://example.com/a.png\"}}");
        assertMedia(0, "{\"type\":\"input_file\",\"file_data\":\"data:text/plain;base64,AAAA\"}");
    }

    private static void assertMedia(int bytes, String part) {
        for (String body : new String[] {
            "{\"messages\":[{\"role\":\"user\",\"content\":[" + part + "]}]}",
            "{\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"content\":[" + part + "]}]}]}"
        }) {
            assertThat(request(body).mediaBytes()).as(body).isEqualTo(bytes);
        }
    }

    @Test
    void aLongPictureIsCountedWhole() {
        String data = "data:image\\/png;base64," + "A".repeat(100_000);
        byte[] body = utf8(
                "{\"messages\":[{\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"" + data + "\"}}]}]}");
        BodyScanner scanner = new BodyScanner();
        String whole = Bodies.charge(scanner, body);
        assertThat(scanner.request().mediaBytes()).isEqualTo(data.length());
        assertThat(scanner.request().textBytes()).isEqualTo("image_url".length());
        for (int cut : new int[] {60, 62, 70, 75, 80, 2_000, 2_200, 60_000}) {
            assertThat(Bodies.charge(scanner, body, cut, 90_000)).isEqualTo(whole);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{}}} | true",
                "{\"response_format\":{\"type\":\"json_object\"}}                    | false",
                "{\"output_config\":{\"format\":{\"type\":\"json_schema\"}}}         | true",
                "{\"text\":{\"format\":{\"type\":\"json_schema\"}}}                  | true",
                "{\"text\":{\"type\":\"json_schema\"}}                               | false",
            })
    void aSchemaForTheAnswerIsSeen(String body, boolean structured) {
        assertThat(request(body).structuredOutput()).isEqualTo(structured);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{}                                          | false",
                "{\"reasoning\":{\"effort\":\"medium\"}}     | true",
                "{\"reasoning\":{\"effort\":\"none\"}}       | false",
                "{\"reasoning\":{\"enabled\":false}}         | false",
                "{\"reasoning\":{\"max_tokens\":2000}}       | true",
                "{\"reasoning\":null}                        | false",
                "{\"reasoning_effort\":\"high\"}             | true",
                "{\"reasoning_effort\":\"minimal\"}          | false",
                "{\"thinking\":{\"type\":\"adaptive\"}}      | true",
                "{\"thinking\":{\"type\":\"enabled\",\"budget_tokens\":1024}} | true",
                "{\"thinking\":{\"type\":\"disabled\"}}      | false",
            })
    void reasoningIsAskedForInManyWays(String body, boolean asked) {
        assertThat(request(body).reasoningAsked()).isEqualTo(asked);
    }

    @Test
    void theLastWordsOfTheUserAreMeasured() {
        ChatRequest request = request("{\"system\":\"12345\",\"messages\":[{\"role\":\"user\",\"content\":\"first\"},"
                + "{\"content\":[{\"type\":\"text\",\"text\":\"```java\\n```\"},{\"type\":\"text\",\"text\":\"``` ``\"}],"
                + "\"role\":\"user\"},{\"role\":\"assistant\",\"content\":\"```\"},{\"role\":\"user\",\"content\":"
                + "[{\"type\":\"tool_result\",\"content\":[{\"type\":\"text\",\"text\":\"a result\"}]}]}]}");
        assertThat(request.lastUserTextBytes()).isEqualTo(12 + 6);
        assertThat(request.codeFences()).isEqualTo(3);
        assertThat(request("{\"input\":\"```x```\"}").codeFences()).isEqualTo(2);
        assertThat(request("{\"input\":\"```x```\"}").lastUserTextBytes()).isEqualTo(7);
    }

    @Test
    void textIsAllStringsOfThePrompt() {
        ChatRequest request = request("{\"model\":\"not counted\",\"system\":[{\"type\":\"text\",\"text\":\"12345\"}],"
                + "\"messages\":[{\"role\":\"user\",\"content\":\"123\"}],\"instructions\":\"12\",\"user\":\"not\"}");
        assertThat(request.textBytes()).isEqualTo(4 + 5 + 4 + 3 + 2);
    }
}
