package io.penstock.server.loopback;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.testkit.Answer;
import io.penstock.server.testkit.Await;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.Link;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.testkit.Reply;
import io.penstock.store.EntryKind;
import io.penstock.store.LedgerEntry;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** What is promised of clients that leave and of clients that do not read, whatever protocols are spoken. Static methods. */
final class Leaving {
    /** What is promised is 250 ms; a busy machine may be late by a scheduler's whim, a missing cancel would be late by minutes. */
    private static final Duration CANCELLED_WITHIN = Duration.ofSeconds(20);

    private Leaving() {}

    static void leave(RawClient client, boolean reset) {
        if (reset) {
            client.reset();
        } else {
            client.close();
        }
    }

    static void assertCancelled(Link link, long leftNanos) {
        Await.until("the provider's connection to end", () -> link.closedNanos() != 0);
        Duration took = Duration.ofNanos(link.closedNanos() - leftNanos);
        System.out.println("cancelled after " + took.toMillis() + " ms");
        assertThat(took).isLessThan(CANCELLED_WITHIN);
    }

    /** Before the first byte: the provider is cancelled, and nothing is paid. */
    static void beforeTheAnswer(Lab lab, byte[] request, boolean reset) {
        lab.provider().forget();
        lab.provider().next(call -> call.stall());
        RawClient client = lab.client();
        client.send(request);
        Link link = lab.provider().take().link();
        long left = System.nanoTime();
        leave(client, reset);
        assertCancelled(link, left);
        lab.nothingHeld();
        RequestLogEntry row = lab.lastRow();
        assertThat(row.outcome()).isEqualTo(Outcome.LEFT);
        assertThat(lab.end(row.requestId()).kind()).isEqualTo(EntryKind.RELEASE);
    }

    /** In the middle of the stream, when those words have come: the provider is cancelled, and what came is paid. */
    static void inTheStream(Lab lab, byte[] request, String begin, String words, boolean reset) throws Exception {
        lab.provider()
                .next(call ->
                        call.send(Answer.streamHead()).send(Answer.chunk(begin)).stall());
        RawClient client = lab.client();
        Reply head = client.send(request).readHead();
        client.readUntil(new StringBuilder(), words, 1);
        long left = System.nanoTime();
        leave(client, reset);
        assertCancelled(lab.provider().take().link(), left);
        LedgerEntry end = lab.end(head.id());
        assertThat(end.kind()).isEqualTo(EntryKind.SETTLEMENT);
        assertThat(end.estimated()).isTrue();
        assertThat(end.amountNanos())
                .isPositive()
                .isLessThanOrEqualTo(lab.hold(head.id()).amountNanos());
        assertThat(lab.row(head.id()).outcome()).isEqualTo(Outcome.LEFT);
    }

    /** So many one after another, before the head or behind it, with a FIN or a RST: every request that went out is cancelled. */
    static void many(Lab lab, int clients, byte[] request, String begin) {
        lab.provider()
                .always(call ->
                        call.send(Answer.streamHead()).send(Answer.chunk(begin)).stall());
        for (int i = 0; i < clients; i++) {
            RawClient client = lab.client();
            client.send(request);
            if (i % 3 == 0) {
                client.readHead();
            }
            leave(client, i % 2 == 0);
        }
        Await.until(
                "every request that went out to be cancelled",
                () -> lab.provider().received().stream()
                        .allMatch(it -> it.link().closedNanos() != 0));
    }

    /**
     * A client that does not read for a while: the provider is read no further meanwhile, and then all of it arrives.
     *
     * @param event what the provider repeats so often, in a chunk: together far more than the sockets' buffers of all four ends
     */
    static Reply notReading(Lab lab, byte[] request, String begin, byte[] event, int events, String rest)
            throws Exception {
        AtomicLong sent = new AtomicLong();
        CountDownLatch done = new CountDownLatch(1);
        lab.provider().next(call -> {
            call.send(Answer.streamHead()).send(Answer.chunk(begin));
            for (int i = 0; i < events; i++) {
                call.send(event);
                sent.incrementAndGet();
            }
            call.send(Answer.chunk(rest)).send(Answer.lastChunk());
            done.countDown();
        });
        try (RawClient client = lab.client()) {
            Reply head = client.send(request).readHead();
            long before;
            do {
                before = sent.get();
            } while (!done.await(300, TimeUnit.MILLISECONDS) && sent.get() != before);
            assertThat(sent.get()).as("events taken from the provider").isLessThan(events * 3L / 4);
            Reply reply = client.readBody(head);
            assertThat(reply.end()).isEqualTo(RawClient.End.CLEAN);
            lab.end(head.id());
            return reply;
        }
    }
}
