package io.penstock.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.server.config.Config;
import io.penstock.server.config.KeyConfig;
import io.penstock.server.testkit.Lab;
import io.penstock.server.testkit.RawClient;
import io.penstock.server.wire.RequestFilter;
import io.penstock.server.wire.RequestHandler;
import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client's connection may be idle for long: it keeps nothing of its last exchange, whose answer may have been large. */
class IdleConnectionTest {
    private static final Set<String> OF_ONE_EXCHANGE =
            Set.of("Exchange", "Attempt", "ClientRequest", "Booking", "ProtocolBridge");

    private volatile @Nullable RequestHandler handler;

    private final class Watching extends RequestFilter {
        Watching(RequestHandler next) {
            super(next);
            handler = next;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"model\":\"demo/hello\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
                "{\"model\":\"demo/hello\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}",
                "{\"model\":\"nobody/has\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"
            })
    void itKeepsNothingOfItsLastExchange(String body) throws Exception {
        Config config = Config.builder()
                .listen("127.0.0.1", 0)
                .localDiscover(false)
                .key(new KeyConfig("lab", Lab.KEY))
                .build();
        try (Gateway gateway = Gateway.start(
                        config, Map.of(), Extensions.usual().filter((next, client) -> new Watching(next)));
                RawClient client = new RawClient(gateway.origin())) {
            client.send(Lab.post(Lab.CHAT, body)).read();
            client.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    .read(); // its turn is behind the exchange's end
            assertThat(reachable(Objects.requireNonNull(handler)))
                    .contains("ExchangeParts")
                    .doesNotContainAnyElementsOf(OF_ONE_EXCHANGE);
        }
    }

    /** The simple names of our classes whose objects can be reached from there through such objects and arrays. */
    private static Set<String> reachable(Object from) throws IllegalAccessException {
        Set<String> names = new TreeSet<>();
        Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Object> open = new ArrayDeque<>();
        open.push(from);
        while (!open.isEmpty()) {
            Object it = open.pop();
            if (!seen.add(it)) {
                continue;
            }
            if (it instanceof Object[] array) {
                for (int i = 0; i < array.length; i++) {
                    push(open, Array.get(array, i));
                }
            }
            if (ours(it.getClass())) {
                names.add(it.getClass().getSimpleName());
            }
            for (Class<?> type = it.getClass(); ours(type); type = type.getSuperclass()) {
                for (Field field : type.getDeclaredFields()) {
                    if (!Modifier.isStatic(field.getModifiers())
                            && !field.getType().isPrimitive()) {
                        field.setAccessible(true);
                        push(open, field.get(it));
                    }
                }
            }
        }
        return names;
    }

    private static boolean ours(Class<?> type) {
        return type.getName().startsWith("io.penstock.");
    }

    private static void push(Deque<Object> open, @Nullable Object it) {
        if (it != null) {
            open.push(it);
        }
    }
}
