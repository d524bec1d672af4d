package io.penstock.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The request bodies of a load run, as files for {@link LoadClient}; streams say by a mark what the provider shall do. */
final class Bodies {
    /** Events of a stream besides its chunks: the finish, the usage, {@code [DONE]}. */
    static final int MORE_EVENTS = 3;

    private static final int AGENT_BYTES = 300_000;

    private final Path directory;

    Bodies(Path directory) {
        this.directory = directory;
    }

    /** 1 KB, answered plainly. */
    Path small() {
        return file("small.json", plainly(text(AgentBody.small())));
    }

    /** 300 KB, answered plainly. */
    Path agent() {
        return file("agent.json", plainly(text(AgentBody.agent(AGENT_BYTES))));
    }

    /** 1 KB, answered by so many chunks, so far apart. */
    Path stream(int chunks, int millis) {
        String mark = "\"content\":\"[[" + chunks + " " + millis + "]] ";
        return file(
                "stream-" + chunks + "-" + millis + ".json",
                text(AgentBody.small()).replaceFirst("\"content\":\"", mark));
    }

    private static String plainly(String body) {
        return body.replace(",\"stream_options\":{\"include_usage\":true}", "")
                .replace("\"stream\":true", "\"stream\":false");
    }

    private static String text(byte[] body) {
        return new String(body, StandardCharsets.UTF_8);
    }

    private Path file(String name, String body) {
        Path file = directory.resolve(name);
        try {
            if (!Files.exists(file)) {
                Files.writeString(file, body.replaceFirst("\"model\":\"[^\"]*\"", "\"model\":\"" + Lab.MODEL + "\""));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }
}
