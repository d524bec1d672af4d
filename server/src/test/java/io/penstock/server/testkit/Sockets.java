package io.penstock.server.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the kernel says of a socket that somebody else holds; Linux alone has it. Static methods. */
final class Sockets {
    private static final List<Path> TABLES = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));
    private static final int CLOSED = 7;

    private Sockets() {}

    static boolean known() {
        return Files.isReadable(TABLES.get(0));
    }

    /** A socket by its ports; null if there is none, or it is at its end. */
    static @Nullable Seen find(int localPort, int remotePort) {
        String ports = String.format(Locale.ROOT, ":%04X %04X", localPort, remotePort);
        try {
            for (Path table : TABLES) {
                if (!Files.exists(table)) {
                    continue;
                }
                for (String line : Files.readAllLines(table)) {
                    // "0: 0100007F:A3F1 0100007F:1F90 01 00000000:0000002A …": number, local, remote, state, tx:rx
                    String[] words = line.strip().split("\\s+", -1);
                    if (!words[0].endsWith(":")) {
                        continue; // the titles
                    }
                    String local = words[1].substring(words[1].indexOf(':'));
                    String remote = words[2].substring(words[2].indexOf(':') + 1);
                    int state = Integer.parseInt(words[3], 16);
                    if ((local + " " + remote).equals(ports) && state != CLOSED) {
                        return new Seen(state, Long.parseLong(words[4].substring(words[4].indexOf(':') + 1), 16));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return null;
    }

    /**
     * A socket at this moment.
     *
     * @param state as in the kernel's {@code tcp_states.h}
     * @param unread bytes
     */
    record Seen(int state, long unread) {
        private static final int CLOSE_WAIT = 8;

        boolean halfClosed() {
            return state == CLOSE_WAIT;
        }
    }
}
