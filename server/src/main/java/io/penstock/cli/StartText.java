package io.penstock.cli;

import io.penstock.catalog.Model;
import io.penstock.catalog.Offer;
import io.penstock.server.Gateway;
import io.penstock.server.admin.Inventory;
import io.penstock.server.config.Config;
import io.penstock.store.GatewayKey;
import io.penstock.store.KeyStatus;
import io.penstock.store.NewKey;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a start prints: what was found and why, where to connect, with which key, and a command to try it with. */
final class StartText {
    private static final int EXAMPLES = 3;
    private static final int KEYS_SHOWN = 3;
    private static final String INDENT = " ".repeat(17);

    private final Gateway gateway;
    private final Config config;
    private final Inventory inventory;
    private final @Nullable String dataFlag;
    private final StringBuilder text = new StringBuilder(2048);

    /** {@code dataFlag} is what {@code --data} said, so that commands in the text say it too. */
    StartText(Gateway gateway, @Nullable String dataFlag) {
        this.gateway = gateway;
        this.config = gateway.config();
        this.inventory = gateway.inventory();
        this.dataFlag = dataFlag;
    }

    @Override
    public String toString() {
        text.setLength(0);
        text.append("Penstock ").append(Gateway.VERSION).append('\n').append('\n');
        Path file = config.file();
        line("Configuration", file != null ? file.toString() : "no file: none here or in " + config.data());
        line("Data", String.valueOf(config.data()));
        providers();
        models();
        for (String warning : config.warnings()) {
            line("Warning", warning);
        }
        for (String warning : inventory.warnings()) {
            line("Warning", warning);
        }
        int interrupted = gateway.report().interrupted();
        if (interrupted > 0) {
            line(
                    "Recovered",
                    interrupted + (interrupted == 1 ? " request" : " requests")
                            + " cut off when the last process died; nothing was charged");
        }
        text.append('\n');
        line("OpenAI", gateway.origin() + "/openai/v1");
        line("Anthropic", gateway.origin() + "/anthropic");
        line("OpenRouter", gateway.origin() + "/api/v1");
        text.append('\n');
        String shown = key();
        text.append('\n');
        curl(shown);
        return text.append('\n').toString();
    }

    private void line(String name, String value) {
        text.append("  ")
                .append(name)
                .append(" ".repeat(15 - name.length()))
                .append(value)
                .append('\n');
    }

    private void providers() {
        String name = "Providers";
        int width = 0;
        for (String provider : inventory.origins().keySet()) {
            width = Math.max(width, provider.length());
        }
        for (Map.Entry<String, String> provider : inventory.origins().entrySet()) {
            String id = provider.getKey();
            line(
                    name,
                    id + " ".repeat(width - id.length()) + "  " + why(provider.getValue()) + ", "
                            + count(inventory, id));
            name = "";
        }
        if (config.providers().isEmpty() && inventory.origins().containsKey("demo")) {
            text.append(INDENT)
                    .append("for real models set OPENAI_API_KEY, ANTHROPIC_API_KEY, … or start Ollama,\n")
                    .append(INDENT)
                    .append("or write a penstock.yaml; then start again\n");
        }
    }

    /** {@code 12 models}. */
    static String count(Inventory inventory, String provider) {
        int count = 0;
        for (Model model : inventory.catalog().models()) {
            for (Offer offer : model.offers()) {
                if (offer.provider().equals(provider)) {
                    count++;
                    break;
                }
            }
        }
        return count + (count == 1 ? " model" : " models");
    }

    /** An origin as a sentence's end. */
    static String why(String origin) {
        return origin.matches("[A-Z0-9_]+") ? origin + " is set" : origin;
    }

    private void models() {
        List<Model> models = new ArrayList<>(inventory.catalog().models());
        models.sort(Comparator.comparingInt(Model::quality).reversed()); // stable
        List<String> ids = new ArrayList<>();
        for (Model model : models.subList(0, Math.min(EXAMPLES, models.size()))) {
            ids.add(model.id());
        }
        line(
                "Models",
                models.size()
                        + (models.size() > ids.size() ? ", such as " : ": ")
                        + String.join(", ", ids)
                        + (models.size() > ids.size() ? " (all: " + command("models") + ")" : ""));
    }

    private String command(String what) {
        String data =
                dataFlag == null ? "" : " --data " + (dataFlag.indexOf(' ') < 0 ? dataFlag : "'" + dataFlag + "'");
        return Terminal.command() + " " + what + data;
    }

    /** Returns what stands for the key in the command to try. */
    private String key() {
        NewKey first = gateway.report().firstKey();
        if (first != null) {
            line("Key", first.text());
            text.append(INDENT).append("shown only now, and stored as a hash; more: ");
            text.append(command("keys create")).append('\n');
            return first.text();
        }
        List<GatewayKey> usable = new ArrayList<>();
        for (GatewayKey key : gateway.store().keys().list()) {
            if (key.status() == KeyStatus.ACTIVE) {
                usable.add(key);
            }
        }
        String name = usable.size() == 1 ? "Key" : "Keys";
        for (GatewayKey key : usable.subList(0, Math.min(KEYS_SHOWN, usable.size()))) {
            line(name, key.label() + "  " + key.name() + (key.declared() ? ", from the configuration" : ""));
            name = "";
        }
        if (usable.isEmpty()) {
            line(name, "none that works");
        } else if (usable.size() > KEYS_SHOWN) {
            line("", "and " + (usable.size() - KEYS_SHOWN) + " more");
        }
        text.append(INDENT).append("another: ").append(command("keys create")).append('\n');
        return "$PENSTOCK_KEY";
    }

    private void curl(String key) {
        text.append(key.startsWith("$") ? "  Try it, with the key's text in PENSTOCK_KEY:\n\n" : "  Try it:\n\n");
        text.append("curl -N ").append(config.tls() == null ? "" : "-k ");
        text.append(gateway.origin()).append("/openai/v1/chat/completions \\\n");
        text.append("  -H \"Authorization: Bearer ").append(key).append("\" \\\n");
        text.append("  -H \"Content-Type: application/json\" \\\n");
        text.append("  -d '{\"model\":\"").append(cheapest());
        text.append("\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}'\n");
    }

    /** A model that answers a text with a text, the cheapest that is not free of judgement about its quality. */
    private String cheapest() {
        Model best = null;
        for (Model model : inventory.catalog().models()) {
            if (!model.chats() || model.id().contains("embed") || model.id().indexOf('\'') >= 0) {
                continue;
            }
            if (best == null || rank(model) < rank(best)) {
                best = model;
            }
        }
        return best == null ? "auto" : best.id();
    }

    private static long rank(Model model) {
        long unknown = model.quality() > 0 && model.tools() ? 0 : Long.MAX_VALUE / 4;
        return unknown + model.price().input() + model.price().output();
    }
}
