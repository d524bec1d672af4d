package io.penstock.server.observe;

import io.netty.util.concurrent.FastThreadLocal;
import io.penstock.error.GatewayError;
import io.penstock.money.Nanos;
import io.penstock.protocol.Printable;
import io.penstock.protocol.Usage;
import io.penstock.store.GatewayKey;
import io.penstock.store.Outcome;
import io.penstock.store.RequestLogEntry;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One INFO line per exchange, at its end, as {@code key=value}. Never prompts, answers, keys or credentials. */
public final class AccessLog {
    private static final Logger LOG = LoggerFactory.getLogger("penstock.access");
    private static final int WORDS_MAX = 200;

    private static final String[] OUTCOMES = Arrays.stream(Outcome.values())
            .map(outcome -> outcome.name().toLowerCase(Locale.ROOT))
            .toArray(String[]::new);
    private static final FastThreadLocal<StringBuilder> LINE = new FastThreadLocal<>() {
        @Override
        protected StringBuilder initialValue() {
            return new StringBuilder(1024);
        }
    };

    private AccessLog() {}

    /** This thread's, empty. */
    private static StringBuilder line() {
        StringBuilder line = LINE.get();
        line.setLength(0);
        return line;
    }

    /** Any thread; nearly always the store's, which has just written the entry, and not the event loop. */
    public static void exchange(RequestLogEntry entry) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        StringBuilder line = line();
        line.append("request_id=").append(entry.requestId()).append(" face=").append(entry.face());
        line.append(" key=").append(entry.keyId()).append(" model=");
        value(line, entry.model() == null ? entry.requestedModel() : entry.model());
        line.append(" provider=");
        value(line, entry.provider());
        line.append(" status=")
                .append(entry.status())
                .append(" outcome=")
                .append(OUTCOMES[entry.outcome().ordinal()]);
        line.append(" attempts=").append(entry.attempts()).append(" first_byte_ms=");
        line.append(entry.firstByteMicros() < 0 ? -1 : entry.firstByteMicros() / 1000);
        line.append(" total_ms=").append(entry.durationMicros() / 1000);
        Usage used = entry.usage();
        if (used.total() > 0) {
            line.append(" input=").append(used.input());
            line.append(" cache_read=").append(used.cacheRead());
            line.append(" cache_write=").append(used.cacheWrite() + used.cacheWrite1h());
            line.append(" output=").append(used.output());
            line.append(used.estimated() ? " estimated=true" : "");
        }
        Nanos.appendShortest(line.append(" cost_usd="), entry.costNanos());
        if (entry.note() != null) {
            if (entry.providerCostNanos() >= 0) {
                Nanos.appendShortest(line.append(" provider_cost_usd="), entry.providerCostNanos());
            }
            value(line.append(" note="), entry.note());
        }
        LOG.info(line.toString());
    }

    /** {@code path} is what was asked for where that is the reason, as the client sent it, without its query. */
    public static void refused(
            String requestId,
            String face,
            int status,
            GatewayError error,
            @Nullable String path,
            long nanos,
            @Nullable GatewayKey key,
            ClientFacts client) {
        if (!LOG.isInfoEnabled()) {
            return;
        }
        StringBuilder line = line();
        line.append("request_id=")
                .append(requestId)
                .append(" face=")
                .append(face)
                .append(" key=");
        line.append(key == null ? "-" : Long.toString(key.id()))
                .append(" status=")
                .append(status);
        line.append(" outcome=refused total_ms=").append(nanos / 1_000_000).append(" error=");
        value(line, client.safe(error.message()));
        if (path != null) {
            value(line.append(" path="), client.safe(path));
        }
        LOG.info(line.toString());
    }

    private static void value(StringBuilder line, @Nullable String text) {
        if (text == null || text.isEmpty()) {
            line.append('-');
            return;
        }
        boolean plain = text.length() <= WORDS_MAX;
        for (int i = 0; plain && i < text.length(); i++) {
            char c = text.charAt(i);
            plain = c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
        }
        if (plain) {
            line.append(text);
            return;
        }
        Printable.append(line.append('"'), text, WORDS_MAX).append('"');
    }
}
