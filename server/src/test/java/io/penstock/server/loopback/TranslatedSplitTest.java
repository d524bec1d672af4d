package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.Usage;
import io.penstock.provider.Masks;
import io.penstock.server.attempt.Rewriters;
import io.penstock.server.relay.RelayTask;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.ClientView;
import io.penstock.server.testkit.Crossing;
import io.penstock.server.testkit.Finish;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RelayTranscript;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.TranscriptPart;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** However a provider's stream is cut, also inside a character or a line's end: its translation is the same, and so is the usage. */
class TranslatedSplitTest extends RelayWithoutSockets {
    private static final Usage USAGE = new Usage(8, 11, 0, 0, 15, 6, false);
    private static final AnswerScript SPEECH = new AnswerScript(
            List.of(
                    TranscriptPart.thinking("Hm é", "c2ln"),
                    TranscriptPart.text("你 👋\"\n"),
                    TranscriptPart.call("call_1", "get", "{\"a\":\"👋\"}"),
                    TranscriptPart.call("call_2", "ping", "{}")),
            Finish.CALLS,
            USAGE);

    static Stream<Arguments> streams() {
        return Crossing.all().flatMap(crossing -> Stream.of("\n", "\r\n").map(end -> Arguments.of(crossing, end)));
    }

    /** Without OpenRouter's dialect, which is given whole events. */
    static Stream<Crossing> protocols() {
        return Crossing.all().filter(crossing -> !crossing.path().startsWith("/api"));
    }

    static Stream<Crossing> crossings() {
        return Crossing.all();
    }

    private static byte[] upstream(Crossing crossing, String lineEnd) {
        String events = new String(SPEECH.stream(crossing.spoken()), StandardCharsets.UTF_8);
        return events.replace("\n", lineEnd).getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void pitfall17_everyCutOfTheBytesReadGivesTheSame(Crossing crossing) {
        byte[] bytes = upstream(crossing, "\n");
        byte[] framed = Answer.join(Answer.chunk(bytes), Answer.lastChunk());
        String whole = whole(crossing, framed);
        for (int cut = 1; cut < framed.length; cut++) {
            assertSame(run(crossing, framed, cut), whole, "read cut at " + cut);
        }
    }

    @ParameterizedTest
    @MethodSource("protocols")
    void pitfall17_everyCutIntoTwoChunksThatComeOneByOneGivesTheSame(Crossing crossing) {
        byte[] bytes = upstream(crossing, "\r\n");
        String whole = whole(crossing, Answer.join(Answer.chunk(bytes), Answer.lastChunk()));
        for (int cut = 1; cut < bytes.length; cut++) {
            byte[] first = Answer.chunk(Arrays.copyOf(bytes, cut));
            byte[] framed =
                    Answer.join(first, Answer.chunk(Arrays.copyOfRange(bytes, cut, bytes.length)), Answer.lastChunk());
            assertSame(run(crossing, framed, first.length), whole, "chunk and read cut at " + cut);
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void pitfall17_byteByByteGivesTheSame(Crossing crossing, String lineEnd) {
        byte[] bytes = upstream(crossing, lineEnd);
        String whole = whole(crossing, Answer.join(Answer.chunk(bytes), Answer.lastChunk()));
        for (int size : new int[] {1, 2, 3, 7}) {
            byte[] framed = Answer.join(Answer.chunks(bytes, size), Answer.lastChunk());
            int[] each = new int[framed.length];
            Arrays.setAll(each, i -> i);
            assertSame(run(crossing, framed, each), whole, "chunks of " + size + ", byte by byte");
        }
    }

    private String whole(Crossing crossing, byte[] framed) {
        RelayTranscript heard = run(crossing, framed).heard();
        assertThat(heard.failures()).isEmpty();
        ClientView told = crossing.told(heard.text(), true);
        assertThat(told.open())
                .isEqualTo(SPEECH.said().stream().map(TranscriptPart::open).toList());
        return heard.text();
    }

    private static void assertSame(Relayed answer, String whole, String how) {
        assertThat(answer.heard().failures()).as(how).isEmpty();
        assertThat(answer.heard().noRooms()).as(how).isZero();
        assertThat(answer.heard().completes()).as(how).isEqualTo(1);
        assertThat(answer.usage().usage()).as(how).isEqualTo(USAGE);
        assertThat(answer.heard().text()).as(how).isEqualTo(whole);
    }

    private Relayed run(Crossing crossing, byte[] framed, int... cuts) {
        Protocol client = ClientView.protocol(crossing.path());
        RelayTask task = new RelayTask(
                crossing.spoken(),
                false,
                false,
                Rewriters.translating(client, crossing.spoken(), crossing.path().startsWith("/api"), USAGE),
                Masks.NONE,
                null);
        return relay(task, chunked(), framed, cuts);
    }

    // ---- the same on sockets

    @ParameterizedTest
    @MethodSource("crossings")
    void pitfall17_smallChunksInSmallPacketsAreToldAsOne(Crossing crossing) {
        try (Lab lab = Lab.start()) {
            AnswerScript speech = AnswerScript.rich();
            for (String lineEnd : List.of("\n", "\r\n")) {
                String events = new String(speech.stream(crossing.spoken()), StandardCharsets.UTF_8);
                byte[] bytes = events.replace("\n", lineEnd).getBytes(StandardCharsets.UTF_8);
                lab.provider().next(call -> call.pieces(Answer.stream(bytes, 29), 17));
                Reply reply = lab.ask(crossing.request(true));
                assertThat(crossing.told(reply.text(), true).open())
                        .isEqualTo(
                                speech.said().stream().map(TranscriptPart::open).toList());
                assertThat(lab.end(reply.id()).amountNanos()).isEqualTo(Lab.cost(speech.usage()));
            }
        }
    }
}
