package io.penstock.server.config;

import java.time.Duration;

/**
 * Every bound on size, time and number.
 *
 * @param bodyBytes one request's body
 * @param bodiesBytes all bodies in memory: requests, answers, and what streams leave to be held
 * @param responseBytes an answer that must be held whole
 * @param head time to receive a request's head
 * @param request time to receive a request's body
 * @param connect time to connect to a provider
 * @param firstByte silence before the first byte of a stream; twice as long for local providers
 * @param idle silence between two pieces of a stream, twice as long for local providers; and how long a client may take
 *     nothing of one that is there for it
 * @param total one exchange from arrival to settlement
 * @param keepalive silence on a stream after which the client gets a sign of life, and again after each such time
 * @param drain time that running streams get when the gateway stops; zero cuts them at once
 * @param connections clients connected at a time
 */
public record LimitsConfig(
        long bodyBytes,
        long bodiesBytes,
        long responseBytes,
        Duration head,
        Duration request,
        Duration connect,
        Duration firstByte,
        Duration idle,
        Duration total,
        Duration keepalive,
        Duration drain,
        int connections) {

    static final long BYTES_MIN = 1L << 10;
    static final long BYTES_MAX = 1L << 30; // one buffer is at most 2 GiB
    static final long BODIES_MAX = 1L << 40;
    static final Duration RECEIVE_MIN = Duration.ofMillis(100);
    static final Duration RECEIVE_MAX = Duration.ofMinutes(10);
    static final Duration CONNECT_MIN = Duration.ofMillis(10);
    static final Duration CONNECT_MAX = Duration.ofMinutes(5);
    static final Duration SILENCE_MIN = Duration.ofMillis(100);
    static final Duration SILENCE_MAX = Duration.ofDays(1);
    static final Duration TOTAL_MAX = Duration.ofDays(7);
    static final Duration KEEPALIVE_MAX = Duration.ofMinutes(10);
    static final Duration DRAIN_MIN = Duration.ZERO;
    static final Duration DRAIN_MAX = Duration.ofHours(1);
    static final int CONNECTIONS_MAX = 1_000_000;

    public static final LimitsConfig DEFAULT = builder().build(); // after the bounds that it is checked against

    public LimitsConfig {
        Checks.bytes("body", bodyBytes, BYTES_MIN, BYTES_MAX);
        Checks.bytes("bodies", bodiesBytes, BYTES_MIN, BODIES_MAX);
        Checks.bytes("response", responseBytes, BYTES_MIN, BYTES_MAX);
        Checks.duration("head", head, RECEIVE_MIN, RECEIVE_MAX);
        Checks.duration("request", request, RECEIVE_MIN, RECEIVE_MAX);
        Checks.duration("connect", connect, CONNECT_MIN, CONNECT_MAX);
        Checks.duration("first_byte", firstByte, SILENCE_MIN, SILENCE_MAX);
        Checks.duration("idle", idle, SILENCE_MIN, SILENCE_MAX);
        Checks.duration("total", total, SILENCE_MIN, TOTAL_MAX);
        Checks.duration("keepalive", keepalive, SILENCE_MIN, KEEPALIVE_MAX);
        Checks.duration("drain", drain, DRAIN_MIN, DRAIN_MAX);
        Checks.range("connections", connections, 1, CONNECTIONS_MAX);
        if (bodiesBytes < bodyBytes) {
            throw new Unfit(
                    "bodies", Units.print(bodiesBytes), "at least limits.body, which is " + Units.print(bodyBytes));
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    /** Field by field, with the names of the file, beginning with the defaults. */
    public static final class Builder {
        private long body = 32L << 20;
        private long bodies = 256L << 20;
        private long response = 64L << 20;
        private Duration head = Duration.ofSeconds(10);
        private Duration request = Duration.ofSeconds(30);
        private Duration connect = Duration.ofSeconds(5);
        private Duration firstByte = Duration.ofMinutes(5);
        private Duration idle = Duration.ofMinutes(5);
        private Duration total = Duration.ofMinutes(30);
        private Duration keepalive = Duration.ofSeconds(10);
        private Duration drain = Duration.ofSeconds(20);
        private int connections = 20_000;

        private Builder() {}

        public Builder body(long bytes) {
            body = bytes;
            return this;
        }

        public Builder bodies(long bytes) {
            bodies = bytes;
            return this;
        }

        public Builder response(long bytes) {
            response = bytes;
            return this;
        }

        public Builder head(Duration time) {
            head = time;
            return this;
        }

        public Builder request(Duration time) {
            request = time;
            return this;
        }

        public Builder connect(Duration time) {
            connect = time;
            return this;
        }

        public Builder firstByte(Duration time) {
            firstByte = time;
            return this;
        }

        public Builder idle(Duration time) {
            idle = time;
            return this;
        }

        public Builder total(Duration time) {
            total = time;
            return this;
        }

        public Builder keepalive(Duration time) {
            keepalive = time;
            return this;
        }

        public Builder drain(Duration time) {
            drain = time;
            return this;
        }

        public Builder connections(int number) {
            connections = number;
            return this;
        }

        public LimitsConfig build() {
            return new LimitsConfig(
                    body,
                    bodies,
                    response,
                    head,
                    request,
                    connect,
                    firstByte,
                    idle,
                    total,
                    keepalive,
                    drain,
                    connections);
        }
    }
}
