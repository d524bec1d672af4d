package io.penstock.store.sqlite;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which run of the operating system this is: another one lost what had not reached the disk. On Linux the kernel's own
 * id, in a container its host's. Elsewhere the time at which process 1 began, to the second; where that cannot be seen
 * (Windows), all runs are taken for the same one, so that a loss by a power cut stops the start as any other does.
 */
final class BootId {
    private static final Path LINUX = Path.of("/proc/sys/kernel/random/boot_id");
    private static final String UNKNOWN = "unknown";

    private BootId() {}

    static String now() {
        try {
            return Files.readString(LINUX, StandardCharsets.US_ASCII).strip();
        } catch (IOException e) {
            return ProcessHandle.of(1)
                    .flatMap(process -> process.info().startInstant())
                    .map(instant -> "since " + instant.getEpochSecond())
                    .orElse(UNKNOWN);
        }
    }
}
