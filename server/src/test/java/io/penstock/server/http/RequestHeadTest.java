package io.penstock.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.penstock.error.GatewayException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Heads made at random from parts whose meaning is known, cut anywhere. */
class RequestHeadTest extends MadeAtRandom {
    private static final int ROUNDS = 3_000;

    private static String text(ByteBuf in, int from, int to) {
        return Bytes.text(in, from, to);
    }

    /** The same wherever it is cut: the parts are those that it was made of. */
    @Test
    void everyCutOfAHeadIsReadAsItWasMade() {
        for (int round = 0; round < ROUNDS; round++) {
            String empty = "\r\n".repeat(random.nextInt(RequestHead.EMPTY_LINES_MAX + 1));
            String method = any("GET", "POST", "x-Y_1");
            String scheme = any("", "", "http://", "https://", "HTTP://", "hTTps://");
            String authority = scheme.isEmpty() ? "" : any("localhost", "127.0.0.1:4680", "[::1]:9", "a.b-c.example:0");
            String path = any("/", "/openai/v1/models", "/a%2Fb", "//", "/x://y@z/") + "p".repeat(random.nextInt(30));
            if (!scheme.isEmpty() && random.nextInt(5) == 0) {
                path = "";
            }
            String query = any("", "?", "?a=b", "?x=http://y/z?w@v");
            String host = any("localhost", "b.example:80", "");
            String body = any("", "{}", "\r\n", "GET / HTTP/1.1\r\n\r\n");
            String head = empty + method + " " + scheme + authority + path + query + " HTTP/1.1\r\nhOst: " + host
                    + "\r\nX: y\r\n\r\n";
            ByteBuf in = bytes(head + body);
            RequestHead read = new RequestHead();
            read.reset();
            cut(in, head.length(), read::parse);

            assertThat(in.readerIndex()).isEqualTo(empty.length());
            assertThat(read.end()).as(head).isEqualTo(head.length());
            assertThat(text(in, read.methodStart(), read.methodEnd())).isEqualTo(method);
            assertThat(text(in, read.pathStart(), read.pathEnd())).as(head).isEqualTo(path);
            assertThat(text(in, read.pathEnd(), read.targetEnd())).as(head).isEqualTo(query);
            assertThat(read.absolute()).isEqualTo(!scheme.isEmpty());
            assertThat(text(in, read.hostStart(), read.hostEnd()))
                    .as(head)
                    .isEqualTo(scheme.isEmpty() ? host : authority);
            assertThat(text(in, read.start(Header.HOST), read.end(Header.HOST))).isEqualTo(host);
            in.release();
        }
    }

    @Test
    void aReusedReaderKnowsNothingOfTheLastHead() {
        RequestHead head = new RequestHead();
        head.reset();
        ByteBuf whole = bytes("\r\n\r\nGET http://a.example/x HTTP/1.0\r\n\r\n");
        assertThat(head.parse(whole)).isTrue();
        assertThat(head.absolute()).isTrue();
        head.reset();
        ByteBuf plain = bytes("\r\n\r\n\r\n\r\nGET /x HTTP/1.1\r\nHost: b\r\n\r\n");
        assertThat(head.parse(plain)).isTrue();
        assertThat(head.absolute()).isFalse();
        assertThat(text(plain, head.hostStart(), head.hostEnd())).isEqualTo("b");
    }

    @Test
    void whatIsNeitherAPathNorTheUrlOfOneIsRefused() {
        List<String> targets = new ArrayList<>(List.of(
                "*",
                "localhost",
                "localhost:80",
                "http:/x",
                "http:///x",
                "http://?x",
                "https://",
                "http://a@b/x",
                "ftp://a/x",
                "ws://a/x",
                "httpx://a/",
                "http:a",
                "xhttp://a/",
                "?x",
                "http://u:p@a",
                "HTTP:"));
        for (int i = 0; i < 200; i++) {
            targets.add(any("h", "", "ht", "http") + (char) ('!' + random.nextInt(14)) + any("//a/", "a/b", ""));
        }
        for (String target : targets) {
            if (target.startsWith("/")) {
                continue;
            }
            ByteBuf in = bytes("GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(refused(in)).as(target).isTrue();
            in.release();
        }
    }

    @Test
    void moreEmptyLinesThanAClientCouldMeanAreRefused() {
        String request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        for (String before : List.of(
                "\r\n".repeat(RequestHead.EMPTY_LINES_MAX + 1), "\n", "\r", "\r\r\n", "\r\n\n", "\r\n\r", " \r\n")) {
            ByteBuf in = bytes(before + request);
            assertThat(refused(in)).as(before).isTrue();
            in.release();
        }
    }

    private static boolean refused(ByteBuf in) {
        RequestHead head = new RequestHead();
        head.reset();
        try {
            head.parse(in);
            return false;
        } catch (GatewayException expected) {
            return true;
        }
    }
}
