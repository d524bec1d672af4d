package io.penstock.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Members of objects in bytes that lie somewhere in a buffer: what is cut out or put in of an event is found by them. */
class JsonMembersTest {
    private static final int ROUNDS = 5_000;

    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    private record Member(String name, String value) {}

    private String any(String... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private String blank() {
        return any("", "", " ", "\n\t", "\r\n ");
    }

    private String string() {
        StringBuilder text = new StringBuilder("\"");
        for (int i = random.nextInt(6); i > 0; i--) {
            text.append(any("a", "é", "👋", "\\\"", "\\\\", "\\u0022", "{", "}", "[", "]", ",", ":", " ", "usage"));
        }
        return text.append('"').toString();
    }

    private String value(int depth) {
        return switch (random.nextInt(depth > 3 ? 4 : 6)) {
            case 0 -> any("null", "true", "false");
            case 1 -> any("0", "-1.5e+7", "12345678901234567890");
            case 2, 3 -> string();
            case 4 -> object(depth + 1, new ArrayList<>());
            default -> {
                StringBuilder array = new StringBuilder("[").append(blank());
                for (int i = random.nextInt(4); i > 0; i--) {
                    array.append(value(depth + 1)).append(blank()).append(i > 1 ? "," + blank() : "");
                }
                yield array.append(']').toString();
            }
        };
    }

    private String object(int depth, List<Member> members) {
        StringBuilder object = new StringBuilder("{").append(blank());
        for (int i = random.nextInt(5); i > 0; i--) {
            Member member = new Member(string(), value(depth));
            members.add(member);
            object.append(member.name)
                    .append(blank())
                    .append(':')
                    .append(blank())
                    .append(member.value);
            object.append(blank()).append(i > 1 ? "," + blank() : "");
        }
        return object.append('}').toString();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(ByteBuf in, int from, int to) {
        return in.toString(from, to - from, StandardCharsets.UTF_8);
    }

    @Test
    void everyMemberIsFoundWithItsNameAndItsValueAsTheyAreWritten() {
        for (int round = 0; round < ROUNDS; round++) {
            List<Member> expected = new ArrayList<>();
            String object = blank() + object(0, expected);
            byte[] before = utf8(any("", "x", "}\""));
            byte[] json = utf8(object);
            ByteBuf in =
                    Unpooled.buffer().writeBytes(before).writeBytes(json).writeBytes(utf8(any("", ",\"x\":1}", "\"")));
            List<Member> found = new ArrayList<>();
            JsonMembers members = new JsonMembers(in, before.length, before.length + json.length);
            while (members.next()) {
                String name = text(in, members.nameStart(), members.nameStart() + nameBytes(in, members));
                Member member = new Member(name, text(in, members.valueStart(), members.valueEnd()));
                assertThat(members.isNull()).isEqualTo(member.value.equals("null"));
                assertThat(members.named(utf8(member.name))).isTrue();
                assertThat(members.named(utf8(member.name + "x"))).isFalse();
                assertThat(members.named(utf8("\"other name\""))).isFalse();
                found.add(member);
            }
            assertThat(found).as("seed %d: %s", seed, object).isEqualTo(expected);
            assertThat(members.next()).isFalse();
            in.release();
        }
    }

    /** A name's own length, by the quote that ends it. */
    private static int nameBytes(ByteBuf in, JsonMembers members) {
        return JsonMembers.valueEnd(in, members.nameStart(), members.valueStart()) - members.nameStart();
    }

    @Test
    void namesAreComparedByteForByteWithThoseOfAnother() {
        ByteBuf one = Unpooled.copiedBuffer("{\"usage\":1,\"a\":2}", StandardCharsets.UTF_8);
        ByteBuf other = Unpooled.copiedBuffer("  {\"usage\":{},\"b\":2,\"usag\\u0065\":3}", StandardCharsets.UTF_8);
        JsonMembers left = new JsonMembers(one, 0, one.writerIndex());
        JsonMembers right = new JsonMembers(other, 0, other.writerIndex());
        assertThat(left.next() && right.next()).isTrue();
        assertThat(left.namedAs(right)).isTrue();
        assertThat(right.next()).isTrue();
        assertThat(left.namedAs(right)).isFalse();
        assertThat(left.next()).isTrue();
        assertThat(left.namedAs(right)).as("as long, and another").isFalse();
        assertThat(right.next()).isTrue();
        assertThat(left.namedAs(right)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  ",
                "[]",
                "7",
                "\"{\"",
                "null",
                "{",
                "{}",
                "{ }",
                "{1:2}",
                "{\"a",
                "{\"a\"",
                "{\"a\":",
                "{\"a\":}",
                "{\"a\" 1}"
            })
    void whatIsNoObjectOrCutHasNoMember(String json) {
        ByteBuf in = Unpooled.copiedBuffer(json, StandardCharsets.UTF_8);
        assertThat(new JsonMembers(in, 0, in.writerIndex()).next()).isFalse();
    }

    /** A provider's bytes: none of them may lead beyond the range, or round and round. */
    @Test
    void noBytesLeadOutOfTheRange() {
        for (int round = 0; round < 4 * ROUNDS; round++) {
            byte[] json = utf8(object(0, new ArrayList<>()));
            for (int i = random.nextInt(4); i > 0; i--) {
                json[random.nextInt(json.length)] = random.nextBoolean()
                        ? (byte) random.nextInt(256)
                        : utf8(any("\"", "\\", "{", "}", "]", ",", ":"))[0];
            }
            int to = random.nextInt(json.length + 1);
            ByteBuf in = Unpooled.wrappedBuffer(json, 0, to); // nothing lies behind it
            JsonMembers members = new JsonMembers(in, 0, to);
            int at = 0;
            while (members.next()) {
                assertThat(members.nameStart()).as("seed %d", seed).isGreaterThanOrEqualTo(at);
                assertThat(members.valueStart()).isGreaterThan(members.nameStart());
                assertThat(members.valueEnd()).isBetween(members.valueStart() + 1, to);
                at = members.valueEnd();
            }
        }
    }
}
