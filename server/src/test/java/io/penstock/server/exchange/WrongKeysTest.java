package io.penstock.server.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WrongKeysTest {
    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5); // it overflows at once
    private final WrongKeys wrong = new WrongKeys(clock::get);

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private void after(long millis) {
        clock.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    @Test
    void theSixthWithinAMinuteWaitsASecond() {
        InetAddress from = address("127.0.0.1");
        for (int i = 0; i < 5; i++) {
            assertThat(wrong.note(from)).isZero();
            after(11_000);
        }
        assertThat(wrong.note(from)).isEqualTo(TimeUnit.SECONDS.toNanos(1));
        assertThat(wrong.note(from)).isEqualTo(TimeUnit.SECONDS.toNanos(1));
        after(59_999);
        assertThat(wrong.note(from)).isZero();
    }

    /** Against the rule in its plainest form: how many of all before it came within a minute. */
    @Test
    void anySequenceOfTimesIsJudgedByTheLastMinute() {
        long seed = System.nanoTime();
        System.out.println("seed " + seed);
        Random random = new Random(seed);
        InetAddress from = address("192.0.2.1");
        ArrayDeque<Long> all = new ArrayDeque<>();
        for (int i = 0; i < 20_000; i++) {
            after(random.nextInt(random.nextBoolean() ? 3_000 : 40_000));
            long now = clock.get();
            all.removeIf(time -> now - time >= WrongKeys.WINDOW_NANOS);
            assertThat(wrong.note(from) > 0).as("%d before", all.size()).isEqualTo(all.size() >= WrongKeys.FREE);
            all.add(now);
        }
    }

    @Test
    void anotherAddressIsNotSlowedButAnotherOfTheSameIpv6NetworkIs() {
        for (int i = 0; i < 6; i++) {
            wrong.note(address("2001:db8::1"));
        }
        assertThat(wrong.note(address("2001:db8::ffff:1"))).isPositive();
        int free = 0;
        for (int i = 0; i < 100; i++) { // a few may share its slot
            free += wrong.note(address("2001:db8:1:" + Integer.toHexString(i) + "::1")) == 0 ? 1 : 0;
            free += wrong.note(address("10.0.0." + i)) == 0 ? 1 : 0;
        }
        assertThat(free).isGreaterThan(180);
    }
}
