package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.ClientView;
import io.penstock.server.testkit.Counts;
import io.penstock.server.testkit.Crossing;
import io.penstock.server.testkit.Finish;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.SharedLab;
import io.penstock.store.LedgerEntry;
import io.penstock.store.RequestLogEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Wherever and however often a provider tells its usage: the ledger and the client get the same numbers, and the right ones. */
class TranslatedUsageTest extends SharedLab {
    private static final Usage USAGE = new Usage(8, 11, 0, 0, 15, 6, false);

    // ---- places

    static Stream<Arguments> places() {
        List<Arguments> all = new ArrayList<>();
        Crossing.all().forEach(crossing -> {
            switch (crossing.spoken()) {
                case OPENAI ->
                    chatPlaces()
                            .forEach(place -> all.add(Arguments.of(crossing, place.name, place.events, place.usage)));
                case ANTHROPIC ->
                    messagesPlaces()
                            .forEach(place -> all.add(Arguments.of(crossing, place.name, place.events, place.usage)));
                case RESPONSES ->
                    all.add(Arguments.of(
                            crossing,
                            "at its end",
                            new String(
                                    AnswerScript.text("Hello").with(USAGE).stream(Protocol.RESPONSES),
                                    StandardCharsets.UTF_8),
                            USAGE));
            }
        });
        return all.stream();
    }

    /** Where it stands; {@code usage} is what counts. */
    private record Place(String name, String events, Usage usage) {
        Place(String name, String events) {
            this(name, events, USAGE);
        }
    }

    private static List<Place> chatPlaces() {
        String role = AnswerScript.chatDelta("\"role\":\"assistant\",\"content\":\"\"");
        String hello = AnswerScript.chatDelta("\"content\":\"Hello\"");
        String all = AnswerScript.chatUsage(USAGE);
        String half = AnswerScript.chatUsage(new Usage(8, 11, 0, 0, 7, 3, false));
        String none = AnswerScript.chatUsage(new Usage(0, 0, 0, 0, 0, 0, false));
        String finish = AnswerScript.chatFinish(Finish.STOP, "");
        String own = AnswerScript.chatUsage(all);
        String done = "data: [DONE]\n\n";
        return List.of(
                new Place("in a chunk of its own", role + hello + finish + own + done),
                new Place("in the last content chunk", role + withUsage(hello, all) + finish + done),
                new Place("in both", role + withUsage(hello, all) + finish + own + done),
                new Place(
                        "with the finish",
                        role + hello + AnswerScript.chatFinish(Finish.STOP, ",\"usage\":" + all) + done),
                new Place(
                        "with the finish, and null before",
                        withUsage(role, "null")
                                + withUsage(hello, "null")
                                + AnswerScript.chatFinish(Finish.STOP, ",\"usage\":" + all)
                                + done),
                new Place("before the finish", role + hello + own + finish + done),
                new Place("behind the finish, twice", role + hello + finish + own + own + done),
                new Place("rising", withUsage(role, half) + withUsage(hello, half) + finish + own + done),
                new Place(
                        "corrected",
                        role + withUsage(hello, all) + finish + AnswerScript.chatUsage(half) + done,
                        new Usage(8, 11, 0, 0, 7, 3, false)),
                new Place(
                        "zero behind it", role + withUsage(hello, all) + finish + AnswerScript.chatUsage(none) + done),
                new Place(
                        "null behind it",
                        role + withUsage(hello, all) + finish + AnswerScript.chatUsage("null") + done),
                new Place("without [DONE]", role + hello + finish + own));
    }

    private static String withUsage(String chunk, String usage) {
        return chunk.replace("}]}\n\n", "}],\"usage\":" + usage + "}\n\n");
    }

    private static List<Place> messagesPlaces() {
        String block = AnswerScript.event(
                        "content_block_start", "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}")
                + AnswerScript.event(
                        "content_block_delta", "\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"Hello\"}")
                + AnswerScript.event("content_block_stop", "\"index\":0");
        String stop = AnswerScript.event("message_stop", "");
        String start = AnswerScript.messageStart(AnswerScript.messagesUsage(USAGE, 1));
        String all = AnswerScript.messageDelta(Finish.STOP, AnswerScript.messagesUsage(USAGE, 15));
        String output = AnswerScript.messageDelta(
                Finish.STOP, "{\"output_tokens\":15,\"output_tokens_details\":{\"thinking_tokens\":6}}");
        String half = AnswerScript.messageDelta(Finish.STOP, "{\"output_tokens\":7}");
        String zeros = AnswerScript.messageDelta(
                Finish.STOP, "{\"input_tokens\":0,\"cache_read_input_tokens\":0,\"output_tokens\":0}");
        String startUnknown = AnswerScript.messageStart("{\"input_tokens\":0,\"output_tokens\":0}");
        return List.of(
                new Place("input first, output last", start + block + output + stop),
                new Place("all of it again", start + block + all + stop),
                new Place("all of it last, zero first", startUnknown + block + all + stop),
                new Place("rising", start + block + half + all + stop),
                new Place("corrected", start + block + all + half + stop, new Usage(8, 11, 0, 0, 7, 6, false)),
                new Place("zero behind it", start + block + all + zeros + stop),
                new Place("zero input beside the output", start + block + output + zeros + stop),
                new Place("without message_stop", start + block + all));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @MethodSource("places")
    void pitfall4and6_whereverUsageStandsTheLedgerAndTheClientGetTheSame(
            Crossing crossing, String name, String events, Usage usage) {
        lab.provider().next(call -> call.send(Answer.stream(events.getBytes(StandardCharsets.UTF_8), 100)));

        Reply reply = lab.ask(crossing.request(true));

        ClientView told = crossing.told(reply.text(), true);
        assertThat(told.text()).isEqualTo("Hello");
        assertThat(told.counts()).isEqualTo(Counts.of(usage));
        LedgerEntry end = lab.end(reply.id());
        assertThat(end.estimated()).isFalse();
        assertThat(end.amountNanos()).isEqualTo(9_100 + usage.output() * 2_000); // 8 × 1,000 + 11 × 100
    }

    // ---- what is told before it is known

    @ParameterizedTest
    @ValueSource(strings = {"chatty", "terse"})
    void pitfall5_messageStartHasAnEstimateAndMessageDeltaTheExactNumbers(String provider) {
        for (String path : List.of(Lab.MESSAGES, Lab.ROUTER_MESSAGES)) {
            Crossing crossing =
                    new Crossing(path, provider, provider.equals("chatty") ? Protocol.OPENAI : Protocol.RESPONSES);
            String words = "many words ".repeat(500);
            lab.provider()
                    .next(call ->
                            call.send(crossing.answer(AnswerScript.text("Hello").with(USAGE), true)));
            Reply reply = lab.ask(Lab.post(path, crossing.body(true).replace("\"Hi\"", '"' + words + '"')));
            ClientView told = crossing.told(reply.text(), true);
            assertThat(told.inputAtStart()).isBetween(500L, 5_500L); // a thousand words, no more tokens than bytes
            assertThat(told.counts()).isEqualTo(Counts.of(USAGE));
            String start = reply.text().substring(0, reply.text().indexOf("\n\n"));
            assertThat(start).as("LangChain adds it to the last").contains("\"output_tokens\":0");
        }
    }

    // ---- prices

    private record Row(String provider, String name, String usage, Counts counts, long nanos) {
        @Override
        public String toString() {
            return provider + ", " + name;
        }
    }

    /**
     * A thousand tokens of input and ten of output, at 1,000 nano-USD an input token, 100 read from the cache, 1,250 and 2,000
     * written to it for five minutes and an hour, 2,000 an output token. Only Anthropic tells how long; DeepSeek writes for free.
     */
    static List<Row> rows() {
        return List.of(
                chat("no cache", "", 1_000, 0, 0, 1_020_000),
                chat("read", ",\"prompt_tokens_details\":{\"cached_tokens\":400}", 1_000, 400, 0, 660_000),
                chat("written", ",\"prompt_tokens_details\":{\"cache_write_tokens\":400}", 1_000, 0, 400, 1_120_000),
                chat(
                        "mixed",
                        ",\"prompt_tokens_details\":{\"cached_tokens\":300,\"cache_write_tokens\":300}",
                        1_000,
                        300,
                        300,
                        825_000),
                chat(
                        "DeepSeek, no cache",
                        ",\"prompt_cache_hit_tokens\":0,\"prompt_cache_miss_tokens\":1000",
                        1_000,
                        0,
                        0,
                        1_020_000),
                chat(
                        "DeepSeek, read",
                        ",\"prompt_cache_hit_tokens\":400,\"prompt_cache_miss_tokens\":600",
                        1_000,
                        400,
                        0,
                        660_000),
                chat(
                        "DeepSeek, told twice",
                        ",\"prompt_cache_hit_tokens\":400,\"prompt_cache_miss_tokens\":600,"
                                + "\"prompt_tokens_details\":{\"cached_tokens\":400}",
                        1_000,
                        400,
                        0,
                        660_000),
                messages("no cache", 1_000, 0, "", 0, 1_020_000),
                messages("read", 600, 400, "", 0, 660_000),
                messages("5 min", 600, 0, written(400, 0), 400, 1_120_000),
                messages("written, no time told", 600, 0, ",\"cache_creation_input_tokens\":400", 400, 1_120_000),
                messages("1 h", 600, 0, written(0, 400), 400, 1_420_000),
                messages("mixed", 400, 300, written(200, 100), 300, 900_000),
                responses("no cache", "\"cached_tokens\":0", 0, 0, 1_020_000),
                responses("read", "\"cached_tokens\":400", 400, 0, 660_000),
                responses("written", "\"cached_tokens\":0,\"cache_write_tokens\":400", 0, 400, 1_120_000),
                responses("mixed", "\"cached_tokens\":300,\"cache_write_tokens\":300", 300, 300, 825_000));
    }

    private static Row chat(String name, String more, long input, long read, long written, long nanos) {
        return new Row(
                "chatty",
                name,
                "{\"prompt_tokens\":" + input + ",\"completion_tokens\":10,\"total_tokens\":" + (input + 10) + more
                        + "}",
                new Counts(input, read, written, 10, 0),
                nanos);
    }

    private static String written(long minutes, long hour) {
        return ",\"cache_creation_input_tokens\":" + (minutes + hour)
                + ",\"cache_creation\":{\"ephemeral_5m_input_tokens\":" + minutes
                + ",\"ephemeral_1h_input_tokens\":" + hour + "}";
    }

    private static Row messages(String name, long input, long read, String more, long written, long nanos) {
        return new Row(
                "wordy",
                name,
                "{\"input_tokens\":" + input + ",\"cache_read_input_tokens\":" + read + ",\"output_tokens\":10" + more
                        + "}",
                new Counts(input + read + written, read, written, 10, 0),
                nanos);
    }

    private static Row responses(String name, String details, long read, long written, long nanos) {
        return new Row(
                "terse",
                name,
                "{\"input_tokens\":1000,\"input_tokens_details\":{" + details + "},\"output_tokens\":10,"
                        + "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":1010}",
                new Counts(1_000, read, written, 10, 0),
                nanos);
    }

    @ParameterizedTest
    @MethodSource("rows")
    void pitfall8_cachedTokensCostWhatTheyCostOnEveryFace(Row row) {
        Protocol spoken = row.provider.equals("chatty")
                ? Protocol.OPENAI
                : row.provider.equals("wordy") ? Protocol.ANTHROPIC : Protocol.RESPONSES;
        for (String path : Lab.FACES) {
            for (boolean stream : new boolean[] {true, false}) {
                Crossing crossing = new Crossing(path, row.provider, spoken);
                lab.provider().next(call -> call.send(answer(spoken, row.usage, stream)));
                Reply reply = lab.ask(crossing.request(stream));
                String how = path + (stream ? ", stream" : ", plain");
                LedgerEntry end = lab.end(reply.id());
                assertThat(end.amountNanos()).as(how).isEqualTo(row.nanos);
                assertThat(end.estimated()).as(how).isFalse();
                RequestLogEntry entry = lab.row(reply.id());
                assertThat(entry.usage().totalInput()).as(how).isEqualTo(row.counts.input());
                if (ClientView.protocol(path) != spoken) {
                    ClientView told = crossing.told(reply.text(), stream);
                    assertThat(told.counts()).as(how).isEqualTo(row.counts);
                    assertThat(told.costNanos()).as(how).isEqualTo(path.startsWith("/api") ? row.nanos : -1);
                }
            }
        }
    }

    private static byte[] answer(Protocol spoken, String usage, boolean stream) {
        Usage marker = new Usage(77_777, 0, 0, 0, 10, 0, false);
        AnswerScript speech = AnswerScript.text("Hello").with(marker);
        String said = stream ? new String(speech.stream(spoken), StandardCharsets.UTF_8) : speech.plain(spoken);
        String theirs = switch (spoken) {
            case OPENAI -> AnswerScript.chatUsage(marker);
            case ANTHROPIC -> AnswerScript.messagesUsage(marker, 10);
            case RESPONSES -> AnswerScript.responsesUsage(marker);
        };
        String told = said.replace(theirs, usage).replace(AnswerScript.messagesUsage(marker, 1), usage);
        assertThat(told).doesNotContain("77777").contains(usage);
        return stream ? Answer.stream(told.getBytes(StandardCharsets.UTF_8), 200) : Answer.json(200, told);
    }
}
