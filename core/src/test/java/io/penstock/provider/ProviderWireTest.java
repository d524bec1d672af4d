package io.penstock.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.penstock.catalog.Catalog;
import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.catalog.Price;
import io.penstock.protocol.AnthropicUsage;
import io.penstock.protocol.OpenAiUsage;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ResponsesUsage;
import io.penstock.protocol.UsageCounter;
import io.penstock.protocol.translate.AnswerFacts;
import io.penstock.protocol.translate.Form;
import io.penstock.protocol.translate.JsonOut;
import io.penstock.protocol.translate.ThinkingRecall;
import io.penstock.protocol.translate.Translation;
import io.penstock.protocol.translate.WireProfile;
import java.io.IOException;
import java.io.StringReader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every built-in provider as its documents have it, byte for byte: {@code wire/provider/<provider>[.<what else>]/}, written by
 * hand. {@code client.json} is what Claude Code asks in the middle of a loop (a chat client, of Anthropic), {@code
 * provider.json} what that becomes; {@code provider.sse} is the answer in the provider's manner and {@code client.sse} what
 * the client reads of it. {@code again.json} is that answer as it stands in the next request, with what was thought. {@code
 * setup.properties} names the catalog's model, or one of the owner's, and notes which facts nobody verified.
 *
 * <p>JSON may be laid out over lines and indented by blanks, which are taken out again.
 */
class ProviderWireTest {
    private static final Providers PROVIDERS = Providers.found();
    private static final Catalog CATALOG = Catalog.builtIn();
    private static final int OWN_CONTEXT = 131_072;
    private static final int OWN_MAX_OUTPUT = 32_768;

    @Test
    void everyBuiltInProviderIsHere() {
        assertThat(cases())
                .containsAll(new BuiltInProviders()
                        .providers().stream().map(Provider::id).toList());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theProviderIsAskedInItsOwnWay(String name) {
        Case it = Case.of(name);

        assertThat(ask(it.translation(), it.text("client.json"), ThinkingRecall.NOTHING))
                .isEqualTo(it.json("provider.json"));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theClientReadsAnAnswerOfItsOwnProtocol(String name) {
        Case it = Case.of(name);

        assertThat(answer(it, it.translation())).isEqualTo(it.text("client.sse").stripTrailing() + "\n\n");
    }

    @ParameterizedTest
    @MethodSource("cases")
    void whatWasThoughtGoesBackAsTheProviderWantsIt(String name) {
        Case it = Case.of(name);
        Translation first = it.translation();
        String heard = answer(it, first);

        String next = it.chat() ? nextOfChat(heard) : nextOfMessages(heard);
        String body = it.text("client.json").strip();
        String second = body.substring(0, body.length() - "]}".length()) + "," + next + "]}";

        assertThat(ask(it.translation(), second, first.thinkingByCall()::get)).contains(it.json("again.json"));
    }

    // ---- One exchange

    private static String ask(Translation translation, String request, ThinkingRecall recall) {
        byte[] body = request.strip().getBytes(StandardCharsets.UTF_8);
        JsonOut out = new JsonOut();
        translation.request(body, 0, body.length, recall, out);
        return text(out);
    }

    private static String answer(Case it, Translation translation) {
        ask(translation, it.text("client.json"), ThinkingRecall.NOTHING);
        translation.answer(
                new AnswerFacts("req-0a1b", 1_700_000_000L, "lab/model", false, true, 7, () -> 1_700_000_002L));
        UsageCounter counter = new UsageCounter(1_000_000);
        JsonOut out = new JsonOut();
        for (String line : it.text("provider.sse").split("\n", -1)) {
            if (line.startsWith("data: ") && !line.equals("data: [DONE]")) {
                byte[] event = line.substring("data: ".length()).getBytes(StandardCharsets.UTF_8);
                usage(it.protocol(), line, counter);
                assertThat(translation.event(event, 0, event.length, out))
                        .as(line)
                        .isTrue();
            }
        }
        translation.end(counter.usage(), out);
        return text(out);
    }

    /** Wherever it stands: at the top, in {@code choices[0]}, in {@code x_groq}. */
    private static void usage(Protocol protocol, String event, UsageCounter counter) {
        int from = event.indexOf("\"usage\":{");
        if (from < 0) {
            return;
        }
        from += "\"usage\":".length();
        int depth = 0;
        int to = from;
        do {
            depth += event.charAt(to) == '{' ? 1 : event.charAt(to) == '}' ? -1 : 0;
            to++;
        } while (depth > 0);
        byte[] json = event.substring(from, to).getBytes(StandardCharsets.UTF_8);
        switch (protocol) {
            case OPENAI -> OpenAiUsage.readUsage(json, 0, json.length, counter);
            case ANTHROPIC -> AnthropicUsage.readUsage(json, 0, json.length, counter);
            case RESPONSES -> ResponsesUsage.readUsage(json, 0, json.length, counter);
        }
    }

    // ---- The next turn of a client

    private static final Pattern BLOCK = Pattern.compile("\"index\":(\\d+),\"content_block\":(\\{.*})}");
    private static final Pattern DELTA =
            Pattern.compile("\"index\":(\\d+),\"delta\":\\{\"type\":\"\\w+\",\"(\\w+)\":\"(.*)\"}}");
    private static final Pattern ID = Pattern.compile("\"id\":\"([^\"]*)\",\"name\"");

    /** The blocks that the events tell of, and a result for each call. */
    private static String nextOfMessages(String events) {
        Map<String, String> begun = new LinkedHashMap<>();
        Map<String, String> told = new HashMap<>();
        for (String line : events.split("\n", -1)) {
            Matcher block = BLOCK.matcher(line);
            if (block.find()) {
                begun.put(block.group(1), block.group(2));
            }
            Matcher delta = DELTA.matcher(line);
            if (delta.find()) {
                told.merge(delta.group(1) + delta.group(2), delta.group(3), String::concat);
            }
        }
        List<String> blocks = new ArrayList<>();
        List<String> results = new ArrayList<>();
        begun.forEach((index, block) -> {
            String input = unescaped(told.getOrDefault(index + "partial_json", "{}"));
            blocks.add(block.replace("\"text\":\"\"", member("text", index, told))
                    .replace("\"thinking\":\"\"", member("thinking", index, told))
                    .replace("\"signature\":\"\"", member("signature", index, told))
                    .replace("\"input\":{}", "\"input\":" + input));
            Matcher id = ID.matcher(block);
            if (id.find()) {
                results.add("{\"type\":\"tool_result\",\"tool_use_id\":\"" + id.group(1) + "\",\"content\":\"Done.\"}");
            }
        });
        return "{\"role\":\"assistant\",\"content\":[" + String.join(",", blocks)
                + "]},{\"role\":\"user\",\"content\":[" + String.join(",", results) + "]}";
    }

    private static String member(String name, String index, Map<String, String> told) {
        return "\"" + name + "\":\"" + told.getOrDefault(index + name, "") + "\"";
    }

    private static final Pattern CONTENT = Pattern.compile("\"content\":\"(.*?)\"}");
    private static final Pattern CALL =
            Pattern.compile("\"id\":\"([^\"]*)\",\"type\":\"function\",\"function\":\\{\"name\":\"(\\w+)\"");
    private static final Pattern ARGUMENTS = Pattern.compile("\"arguments\":\"(.*)\"}}]}");

    /** What plain chat can carry: no thinking. */
    private static String nextOfChat(String chunks) {
        StringBuilder content = new StringBuilder();
        StringBuilder arguments = new StringBuilder();
        String id = "";
        String tool = "";
        for (String line : chunks.split("\n", -1)) {
            Matcher text = CONTENT.matcher(line);
            content.append(text.find() ? text.group(1) : "");
            Matcher call = CALL.matcher(line);
            if (call.find()) {
                id = call.group(1);
                tool = call.group(2);
            }
            Matcher fragment = ARGUMENTS.matcher(line);
            arguments.append(fragment.find() ? fragment.group(1) : "");
        }
        return "{\"role\":\"assistant\",\"content\":\"" + content + "\",\"tool_calls\":[{\"id\":\"" + id
                + "\",\"type\":\"function\",\"function\":{\"name\":\"" + tool + "\",\"arguments\":\"" + arguments
                + "\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"" + id + "\",\"content\":\"Done.\"}";
    }

    private static String unescaped(String content) {
        return content.replaceAll("\\\\([\"\\\\])", "$1");
    }

    private static String text(JsonOut out) {
        return new String(out.bytes(), 0, out.length(), StandardCharsets.UTF_8);
    }

    // ---- Files

    static List<String> cases() {
        try (Stream<Path> folders = Files.list(root())) {
            return folders.map(folder -> folder.getFileName().toString())
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Path root() {
        try {
            return Path.of(Objects.requireNonNull(ProviderWireTest.class.getResource("/wire/provider"))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private record Case(String name, Properties setup) {
        static Case of(String name) {
            Properties setup = new Properties();
            try {
                setup.load(
                        new StringReader(Files.readString(root().resolve(name).resolve("setup.properties"))));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
            return new Case(name, setup);
        }

        String provider() {
            int dot = name.indexOf('.');
            return dot < 0 ? name : name.substring(0, dot);
        }

        private Provider maker() {
            return PROVIDERS.named(provider()).orElseThrow();
        }

        boolean chat() {
            return setup.getProperty("client", "messages").equals("chat");
        }

        Protocol protocol() {
            return switch (setup.getProperty("protocol", "chat")) {
                case "chat" -> Protocol.OPENAI;
                case "messages" -> Protocol.ANTHROPIC;
                case "responses" -> Protocol.RESPONSES;
                default -> throw new AssertionError("no protocol in " + setup);
            };
        }

        Translation translation() {
            Form client = chat() ? Form.CHAT : Form.MESSAGES;
            return new Translation(client, client, protocol(), recipient());
        }

        private WireProfile recipient() {
            String id = setup.getProperty("model");
            if (id == null) {
                return own(setup.getProperty("native"));
            }
            Model model = CATALOG.model(id).orElseThrow();
            Offer offer = model.offers().stream()
                    .filter(one -> one.provider().equals(provider()))
                    .findFirst()
                    .orElseThrow();
            return maker().profile(model, offer);
        }

        /** A model that the owner configured, which thinks. */
        private WireProfile own(String nativeId) {
            Model model = Model.builder("own/model")
                    .limits(OWN_CONTEXT, OWN_MAX_OUTPUT)
                    .tools(true)
                    .reasoning(true)
                    .build();
            return maker().profile(
                            model,
                            new Offer(
                                    provider(), nativeId, Price.FREE, OWN_CONTEXT, OWN_MAX_OUTPUT, Set.of(protocol())));
        }

        String text(String file) {
            try {
                return Files.readString(root().resolve(name).resolve(file));
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        String json(String file) {
            return text(file).replaceAll("\n *", "");
        }
    }
}
