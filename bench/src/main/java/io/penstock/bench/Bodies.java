package io.penstock.bench;

import io.penstock.protocol.Protocol;
import io.penstock.protocol.translate.Form;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.protocol.translate.ThinkingRecall;
import io.penstock.protocol.translate.Translation;
import io.penstock.protocol.translate.WireProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;

/** The request bodies of a load run, as files for {@link LoadClient}; streams say by a mark what the provider shall do. */
final class Bodies {
    /** Events of a stream besides its chunks: the finish, the usage, {@code [DONE]}. */
    static final int MORE_EVENTS = 3;

    /** The same in Anthropic's protocol: the message's start and stop, the block's, and the usage. */
    static final int MORE_EVENTS_AS_MESSAGES = 5;

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

    /** So many bytes, answered plainly. */
    Path large(int bytes) {
        return file("large-" + bytes + ".json", plainly(text(AgentBody.agent(bytes))));
    }

    /** 1 KB, answered by so many chunks, so far apart. */
    Path stream(int chunks, int millis) {
        String mark = "\"content\":\"[[" + chunks + " " + millis + "]] ";
        return file(
                "stream-" + chunks + "-" + millis + ".json",
                text(AgentBody.small()).replaceFirst("\"content\":\"", mark));
    }

    /** A body of these as a client of Anthropic's messages would send it. */
    Path asMessages(Path chat) {
        Path file = directory.resolve("messages-" + chat.getFileName());
        try {
            if (!Files.exists(file)) {
                byte[] body = Files.readAllBytes(chat);
                WireProfile anybody =
                        new WireProfile("bench", Lab.MODEL, 8_192, false, true, false, Set.of(), Set.of());
                JsonOut json = new JsonOut();
                new Translation(Form.CHAT, Form.CHAT, Protocol.ANTHROPIC, anybody)
                        .request(body, 0, body.length, ThinkingRecall.NOTHING, json);
                Files.write(file, Arrays.copyOf(json.bytes(), json.length()));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
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
