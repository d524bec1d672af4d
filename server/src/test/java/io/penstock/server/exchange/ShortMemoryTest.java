package io.penstock.server.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.GatewayLoops;
import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.AnswerScript;
import io.penstock.server.testkit.Crossing;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.RawClient.End;
import io.penstock.server.testkit.Reply;
import io.penstock.server.testkit.ScarceMemory;
import io.penstock.server.testkit.SharedLab;
import io.penstock.server.wire.Connections;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whichever buffer finds no memory: the client gets an answer or an error, whole, and it is settled once. */
class ShortMemoryTest extends SharedLab {
    private static final int BUFFERS_MAX = 200; // of one exchange, far more than there are

    private record Case(String name, byte[] request, byte[] answer, boolean stream, String path) {
        @Override
        public String toString() {
            return name + (stream ? ", stream" : ", plain");
        }
    }

    static Stream<Case> cases() {
        return Stream.of(true, false)
                .flatMap(stream -> Stream.concat(
                        Lab.FACES.stream().map(path -> same(path, stream)),
                        Crossing.all().map(one -> crossing(one, stream))));
    }

    /** Each of these waits for some ticks of the clock. */
    static Stream<Case> fewCases() {
        return cases().filter(one -> one.path.equals(Lab.CHAT) || one.path.equals(Lab.MESSAGES));
    }

    private static Case same(String path, boolean stream) {
        byte[] said = (stream ? Lab.stream(path) : Lab.plain(path)).upstream();
        return new Case(
                path,
                Lab.post(path, Lab.body(path, stream)),
                stream ? Answer.stream(said, 150) : Answer.json(200, said),
                stream,
                path);
    }

    private static Case crossing(Crossing one, boolean stream) {
        AnswerScript speech = AnswerScript.rich();
        return new Case(one.toString(), one.request(stream), one.answer(speech, stream), stream, one.path());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void oneBufferMissesIt(Case one) throws Exception {
        check(one, 1);
    }

    @ParameterizedTest
    @MethodSource("fewCases")
    void soDoesWhatIsToTellOfIt(Case one) throws Exception {
        check(one, 2);
    }

    private static void check(Case one, int misses) throws Exception {
        lab.provider().always(call -> call.send(one.answer));
        for (int first = 1; ; first++) {
            assertThat(first).isLessThan(BUFFERS_MAX);
            Scarce memory = new Scarce(first, misses);
            try (RawClient client = lab.client()) {
                client.send(Lab.get("/v1/models")).read();
                lend(memory);
                Reply reply = client.send(one.request).read();
                String where = "buffer " + first + ": " + reply.head() + reply.text();
                if (reply.status() != 200) {
                    assertThat(reply.status()).as(where).isEqualTo(503);
                    assertThat(reply.text()).as(where).contains("gateway busy");
                    assertThat(reply.end()).as(where).isEqualTo(End.CLEAN);
                } else if (reply.end() == End.CLEAN) {
                    assertThat(one.stream && !reply.text().contains(Lab.terminator(one.path)))
                            .as(where)
                            .isFalse();
                } else {
                    assertThat(one.stream).as(where).isTrue();
                    assertThat(reply.text())
                            .as(where)
                            .contains("gateway busy")
                            .doesNotContain(Lab.terminator(one.path));
                }
                if (!lab.entries(reply.id()).isEmpty()) {
                    lab.end(reply.id());
                }
            }
            lab.nothingHeld();
            if (!memory.missed) {
                return;
            }
        }
    }

    /** To the connections that there are. */
    private static void lend(Scarce memory) {
        GatewayLoops.run(
                lab.gateway().gateway(),
                loop -> Connections.each(loop, one -> one.config().setAllocator(memory)));
    }

    /** Of so many buffers, from one on, there is none. */
    private static final class Scarce extends ScarceMemory {
        private final int first;
        private final int misses;
        private int asked;
        private volatile boolean missed;

        Scarce(int first, int misses) {
            this.first = first;
            this.misses = misses;
        }

        @Override
        protected boolean has() {
            asked++;
            boolean has = asked < first || asked >= first + misses;
            missed |= !has;
            return has;
        }
    }
}
