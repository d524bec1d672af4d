package io.penstock.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.HttpProvider;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import mockwebserver3.MockResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Load, {@code kill -9} at a random moment, restart, again: the ledger agrees with what clients received. */
class CrashIT {
    private static final int ROUNDS = 6;
    private static final int CLIENTS = 6;
    private static final int MILLIS_MAX = 1_200; // of load in a round

    @TempDir
    Path home;

    @Test
    void everyAnswerThatWasReceivedIsSettledOnceAndNoKeyIsLost() throws Exception {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        Map<String, Long> received = new ConcurrentHashMap<>(); // request id → what it must cost
        AtomicInteger numbers = new AtomicInteger();
        try (HttpProvider provider = new HttpProvider()) {
            provider.always(request -> {
                int tokens = Integer.parseInt(request.text().replaceAll("(?s).*number (\\d+).*", "$1"));
                return request.text().contains("\"stream\":true") ? stream(tokens) : plain(tokens);
            });
            for (int round = 0; round < ROUNDS; round++) {
                try (FatJar gateway = FatJar.start(home, provider.url(""))) {
                    assertLedger(gateway.data(), received, "round " + round);
                    List<Thread> clients = new ArrayList<>();
                    for (int i = 0; i < CLIENTS; i++) {
                        Thread client = new Thread(() -> load(gateway.origin(), numbers, received));
                        client.start();
                        clients.add(client);
                    }
                    int before = received.size();
                    Await.until("some answers", () -> received.size() > before + 20);
                    TimeUnit.MILLISECONDS.sleep(random.nextInt(MILLIS_MAX)); // the moment of death is what varies
                    gateway.kill();
                    for (Thread client : clients) {
                        client.join();
                    }
                }
            }
            try (FatJar gateway = FatJar.start(home, provider.url(""))) {
                assertLedger(gateway.data(), received, "the end");
                try (RawClient client = new RawClient(gateway.origin())) {
                    assertThat(client.send(Lab.get("/openai/v1/models")).read().status())
                            .isEqualTo(200); // the key is known
                }
                assertThat(gateway.stop()).isZero();
            }
        }
        System.out.println(received.size() + " answers in " + ROUNDS + " rounds");
    }

    private static void load(String origin, AtomicInteger numbers, Map<String, Long> received) {
        try (RawClient client = new RawClient(origin)) {
            while (true) {
                int tokens = numbers.incrementAndGet();
                boolean stream = tokens % 2 == 0;
                String body =
                        "{\"model\":\"lab/gpt-test\",\"max_tokens\":8000,\"messages\":[{\"role\":\"user\",\"content\":\"number "
                                + tokens + "\"}]" + (stream ? ",\"stream\":true}" : "}");
                Reply reply = client.send(Lab.post(Lab.CHAT, body)).read();
                boolean whole = reply.status() == 200
                        && reply.end() == RawClient.End.CLEAN
                        && (!stream || reply.text().endsWith("data: [DONE]\n\n"));
                if (whole) {
                    received.put(reply.id(), tokens * 1_000L + 3 * 2_000L);
                } else if (reply.end() != RawClient.End.CLEAN) {
                    return;
                }
            }
        } catch (AssertionError | IllegalStateException killed) {
            // the gateway is gone
        }
    }

    private static String usage(int tokens) {
        return "\"usage\":{\"prompt_tokens\":" + tokens + ",\"completion_tokens\":3,\"total_tokens\":" + (tokens + 3)
                + "}";
    }

    private static MockResponse plain(int tokens) {
        return HttpProvider.json(
                200,
                "{\"id\":\"x\",\"choices\":[{\"index\":0,\"message\":{\"content\":\"Hello\"},\"finish_reason\":\"stop\"}],"
                        + usage(tokens) + "}");
    }

    private static MockResponse stream(int tokens) {
        String events = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hello\"}}]}\n\n"
                + "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
                + "data: {\"choices\":[]," + usage(tokens) + "}\n\ndata: [DONE]\n\n";
        return HttpProvider.stream(events.getBytes(StandardCharsets.UTF_8), 60);
    }

    private static void assertLedger(Path data, Map<String, Long> received, String when) throws SQLException {
        Map<String, Long> settled = new ConcurrentHashMap<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + data.resolve("penstock.db"));
                Statement statement = connection.createStatement()) {
            try (ResultSet rows =
                    statement.executeQuery("SELECT request_id, amount_nanos, flags FROM ledger_entry WHERE kind = 2")) {
                while (rows.next()) {
                    assertThat(settled.put(rows.getString(1), rows.getLong(2)))
                            .as("%s: %s settled twice", when, rows.getString(1))
                            .isNull();
                }
            }
            assertThat(number(statement, "SELECT count(*) FROM open_hold"))
                    .as(when)
                    .isZero();
            assertThat(number(
                            statement,
                            "SELECT count(*) FROM ledger_entry h WHERE kind = 1 AND (SELECT count(*) FROM ledger_entry e"
                                    + " WHERE e.request_id = h.request_id AND e.kind IN (2, 3)) <> 1"))
                    .as("%s: holds without exactly one end", when)
                    .isZero();
            assertThat(number(statement, "SELECT count(*) FROM gateway_key"))
                    .as(when)
                    .isPositive();
        }
        received.forEach((id, nanos) ->
                assertThat(settled.get(id)).as("%s: %s", when, id).isEqualTo(nanos));
    }

    private static long number(Statement statement, String sql) throws SQLException {
        try (ResultSet row = statement.executeQuery(sql)) {
            return row.next() ? row.getLong(1) : 0;
        }
    }
}
