package io.penstock.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * SIGINT and SIGTERM: the first one ends the process in order, one that comes a second later or more at once. Within the
 * second they count as one, for supervisors send SIGTERM beside the terminal's own signal. The JVM ignores every second one,
 * so this asks {@code sun.misc.Signal}, by reflection: javac warns of that class, and a JVM without it only loses the second.
 *
 * <p>A signal that the process inherits ignored, as a script's {@code cmd &} does with SIGINT, stays ignored: the JVM looks
 * at what it inherits before it lets anybody handle HUP, INT or TERM.
 */
final class Signals {
    private static final int INT = 2;
    private static final int TERM = 15;
    private static final int SIGNALLED = 128; // what a shell adds to the signal's number

    private Signals() {}

    static void exitOnFirst() {
        Ending ending = new Ending();
        handle("INT", INT, ending);
        handle("TERM", TERM, ending);
    }

    private static void handle(String name, int number, Ending ending) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler calls = (proxy, method, arguments) -> switch (method.getName()) {
                case "handle" -> {
                    received(number, ending);
                    yield null;
                }
                case "hashCode" -> number;
                case "equals" -> arguments != null && proxy == arguments[0];
                default -> "SignalHandler";
            };
            Object ours = Proxy.newProxyInstance(Signals.class.getClassLoader(), new Class<?>[] {handler}, calls);
            signal.getMethod("handle", signal, handler)
                    .invoke(null, signal.getConstructor(String.class).newInstance(name), ours);
        } catch (ReflectiveOperationException | RuntimeException e) {
            // the JVM's own handler stays: it runs the shutdown hook as well
        }
    }

    private static void received(int number, Ending ending) {
        switch (ending.signal(System.nanoTime())) {
            case IN_ORDER -> new Thread(() -> System.exit(0), "penstock-exit").start();
            case NOTHING -> {}
            case AT_ONCE -> {
                Logs.flush();
                Runtime.getRuntime().halt(SIGNALLED + number);
            }
        }
    }

    /** What the next signal means. Safe from any thread. */
    static final class Ending {
        static final long ONE_NANOS = 1_000_000_000L;

        enum What {
            IN_ORDER,
            NOTHING,
            AT_ONCE
        }

        private boolean begun;
        private long firstNanos;

        synchronized What signal(long nowNanos) {
            if (!begun) {
                begun = true;
                firstNanos = nowNanos;
                return What.IN_ORDER;
            }
            return nowNanos - firstNanos < ONE_NANOS ? What.NOTHING : What.AT_ONCE;
        }
    }
}
