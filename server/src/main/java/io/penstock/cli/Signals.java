package io.penstock.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * SIGINT and SIGTERM: the first one ends the process in order, a SIGINT after that at once; a SIGTERM after that changes
 * nothing, for supervisors send it beside the terminal's own signal. The JVM ignores every second one, so this asks
 * {@code sun.misc.Signal}, by reflection: javac warns of that class, and a JVM without it only loses the second.
 */
final class Signals {
    private static final int INT = 2;
    private static final int TERM = 15;
    private static final int SIGNALLED = 128; // what a shell adds to the signal's number
    private static final AtomicBoolean ENDING = new AtomicBoolean();

    private Signals() {}

    static void exitOnFirst() {
        handle("INT", INT);
        handle("TERM", TERM);
    }

    private static void handle(String name, int number) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            InvocationHandler calls = (proxy, method, arguments) -> switch (method.getName()) {
                case "handle" -> {
                    received(number);
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

    private static void received(int number) {
        if (ENDING.compareAndSet(false, true)) {
            new Thread(() -> System.exit(0), "penstock-exit").start();
        } else if (number == INT) {
            Logs.flush();
            Runtime.getRuntime().halt(SIGNALLED + number);
        }
    }
}
