package io.penstock.server;

import io.penstock.catalog.Modality;
import io.penstock.provider.Endpoint;
import io.penstock.provider.LocalTraits;
import io.penstock.server.config.ModelConfig;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * What the models of a local server can do, as it tells. Where it says nothing, or not in time, a model is taken to be what
 * most are: text in and out, tools, a context of 32,768. Where each server tells is its {@link LocalTraits.SelfReport}.
 *
 * <p>All four keep to a schema given as {@code response_format} (Ollama: docs.ollama.com/api/openai-compatibility; LM Studio:
 * lmstudio.ai/docs/app/api/structured-output; llama.cpp and vLLM: the documents named there). It is believed of a server that has
 * shown by its answer which of them it is, for others use these ports too.
 *
 * <p>Safe from any thread.
 */
final class LocalAbilities {
    private static final int MODELS_MAX = 500;
    private static final int MODEL_CHARS_MAX = 200;
    private static final int CONTEXT_MAX = 100_000_000; // what a configuration may say
    private static final int ASKED_AT_ONCE = 8;
    private static final Pattern NUM_CTX = Pattern.compile("(?m)^\\s*num_ctx\\s+([1-9][0-9]{0,8})\\s*$");

    private final Map<String, LocalModel> shown =
            new ConcurrentHashMap<>(); // by Ollama's entry, for it is not asked twice

    /**
     * The models of a listing.
     *
     * @param server where it tells of them
     * @param listed the answer of {@code /v1/models}
     * @param threads to ask of several models at once
     * @param deadline when nobody waits any more, on the clock of {@link System#nanoTime}
     */
    List<LocalModel> of(
            LocalTraits server, Endpoint openai, Map<String, Object> listed, Executor threads, long deadline) {
        List<Map<String, Object>> entries = entries(listed);
        return switch (server.tells()) {
            case API_SHOW -> ollama(openai, entries, threads, deadline);
            case API_V0_MODELS -> lmStudio(entries, get(openai, "/api/v0/models", deadline));
            case PROPS ->
                llamaCpp(
                        server.ownedBy(),
                        entries,
                        listed,
                        entries.size() == 1 ? get(openai, "/props", deadline) : Map.of());
            case MAX_MODEL_LEN -> vllm(server.ownedBy(), entries);
            case LISTED -> plain(entries);
        };
    }

    /** Those whose id may stand in a header and in a log as it is. */
    private static List<Map<String, Object>> entries(Map<String, Object> listed) {
        List<Map<String, Object>> entries = new ArrayList<>();
        for (Object item : LocalJson.list(listed, "data")) {
            Map<String, Object> entry = LocalJson.object(item);
            String id = LocalJson.text(entry, "id");
            boolean sane = !id.isEmpty() && id.length() <= MODEL_CHARS_MAX && entries.size() < MODELS_MAX;
            for (int i = 0; sane && i < id.length(); i++) {
                sane = id.charAt(i) > ' ' && id.charAt(i) < 0x7F;
            }
            if (sane && builder(id) != null) {
                entries.add(entry);
            }
        }
        return entries;
    }

    /** Null for an id that no configuration takes. */
    private static ModelConfig.@Nullable Builder builder(String id) {
        try {
            ModelConfig.Builder builder = ModelConfig.builder(id);
            builder.build();
            return builder;
        } catch (IllegalArgumentException unfit) {
            return null;
        }
    }

    private static ModelConfig.Builder known(Map<String, Object> entry) {
        ModelConfig.Builder builder = builder(LocalJson.text(entry, "id"));
        if (builder == null) {
            throw new IllegalStateException("an id that was looked at: " + entry.get("id"));
        }
        return builder;
    }

    private static List<LocalModel> plain(List<Map<String, Object>> entries) {
        List<LocalModel> models = new ArrayList<>();
        for (Map<String, Object> entry : entries) {
            models.add(LocalModel.chat(known(entry).build()));
        }
        return models;
    }

    /** Empty if it does not answer so. */
    private static Map<String, Object> get(Endpoint openai, String target, long deadline) {
        try {
            LocalCall.Answer answer = LocalCall.to(openai, "GET", target, "", deadline);
            return answer.status() == 200 ? LocalJson.object(answer.body()) : Map.of();
        } catch (IOException | JacksonException silent) {
            return Map.of();
        }
    }

    private static int context(int tokens) {
        return Math.min(tokens, CONTEXT_MAX);
    }

    // ---- Ollama

    private List<LocalModel> ollama(
            Endpoint openai, List<Map<String, Object>> entries, Executor threads, long deadline) {
        AtomicReferenceArray<@Nullable LocalModel> answers = new AtomicReferenceArray<>(entries.size());
        AtomicInteger next = new AtomicInteger();
        Runnable asking = () -> {
            for (int i; (i = next.getAndIncrement()) < entries.size() && deadline - System.nanoTime() > 0; ) {
                answers.set(i, shown(openai, entries.get(i), deadline));
            }
        };
        List<CompletableFuture<Void>> several = new ArrayList<>();
        for (int i = 0; i < Math.min(ASKED_AT_ONCE, entries.size()); i++) {
            several.add(CompletableFuture.runAsync(asking, threads));
        }
        await(several, deadline);
        List<LocalModel> models = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            LocalModel told = answers.get(i);
            models.add(
                    told != null ? told : LocalModel.chat(known(entries.get(i)).build()));
        }
        if (shown.size() > 4 * MODELS_MAX) { // of models that are long gone
            shown.clear();
        }
        return models;
    }

    private static void await(List<CompletableFuture<Void>> several, long deadline) {
        try {
            CompletableFuture.allOf(several.toArray(CompletableFuture[]::new))
                    .get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException partly) {
            // what came counts
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Null if it does not tell. */
    private @Nullable LocalModel shown(Endpoint openai, Map<String, Object> entry, long deadline) {
        String key = openai.baseUrl() + entry;
        LocalModel before = shown.get(key);
        if (before != null) {
            return before;
        }
        String id = LocalJson.text(entry, "id");
        Map<String, Object> show;
        try {
            String asked = "{\"model\":\"" + id.replace("\\", "\\\\").replace("\"", "\\\"") + "\"}";
            LocalCall.Answer answer = LocalCall.to(openai, "POST", "/api/show", asked, deadline);
            show = answer.status() == 200 ? LocalJson.object(answer.body()) : Map.of();
        } catch (IOException | JacksonException silent) {
            return null;
        }
        if (show.isEmpty()) {
            return null;
        }
        LocalModel told = ollama(known(entry), show);
        shown.put(key, told);
        return told;
    }

    private static LocalModel ollama(ModelConfig.Builder model, Map<String, Object> show) {
        Map<String, Object> info = LocalJson.object(show, "model_info");
        int context = LocalJson.count(info, LocalJson.text(info, "general.architecture") + ".context_length");
        Matcher given = NUM_CTX.matcher(LocalJson.text(show, "parameters"));
        while (given.find()) {
            context = Integer.parseInt(given.group(1));
        }
        model.context(context(context));
        List<Object> can = LocalJson.list(show, "capabilities");
        if (can.isEmpty()) { // before 0.6.4
            return LocalModel.chat(model.build());
        }
        model.tools(can.contains("tools"))
                .reasoning(can.contains("thinking"))
                .input(input(can.contains("vision"), can.contains("audio")))
                .structuredOutput(true);
        return new LocalModel(model.build(), can.contains("embedding") && !can.contains("completion"));
    }

    private static Set<Modality> input(boolean images, boolean audio) {
        Set<Modality> input = EnumSet.of(Modality.TEXT);
        if (images) {
            input.add(Modality.IMAGE);
        }
        if (audio) {
            input.add(Modality.AUDIO);
        }
        return input;
    }

    // ---- the others

    private static List<LocalModel> lmStudio(List<Map<String, Object>> entries, Map<String, Object> told) {
        Map<String, Map<String, Object>> byId = new java.util.HashMap<>();
        for (Map<String, Object> entry : entries(told)) {
            byId.put(LocalJson.text(entry, "id"), entry);
        }
        List<LocalModel> models = new ArrayList<>();
        for (Map<String, Object> entry : entries) {
            ModelConfig.Builder model = known(entry);
            Map<String, Object> more = byId.getOrDefault(LocalJson.text(entry, "id"), Map.of());
            String type = LocalJson.text(more, "type");
            int loaded = LocalJson.count(more, "loaded_context_length");
            model.context(context(loaded > 0 ? loaded : LocalJson.count(more, "max_context_length")))
                    .input(input(type.equals("vlm"), false))
                    .structuredOutput(!more.isEmpty());
            if (more.containsKey("capabilities")) {
                model.tools(LocalJson.list(more, "capabilities").contains("tool_use"));
            }
            models.add(new LocalModel(model.build(), type.equals("embeddings")));
        }
        return models;
    }

    private static List<LocalModel> llamaCpp(
            String ownedBy, List<Map<String, Object>> entries, Map<String, Object> listed, Map<String, Object> props) {
        Map<String, Object> settings = LocalJson.object(props, "default_generation_settings");
        Map<String, Object> modalities = LocalJson.object(props, "modalities");
        List<Object> others = LocalJson.list(listed, "models"); // the same models in Ollama's form, in the same order
        List<LocalModel> models = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            Map<String, Object> entry = entries.get(i);
            Map<String, Object> other = others.size() == entries.size() ? LocalJson.object(others.get(i)) : Map.of();
            List<Object> can = LocalJson.list(other, "capabilities");
            ModelConfig.Builder model = known(entry);
            int now = LocalJson.count(settings, "n_ctx");
            int trained = LocalJson.count(LocalJson.object(entry, "meta"), "n_ctx_train");
            String template = LocalJson.text(props, "chat_template");
            boolean itself = LocalJson.text(entry, "owned_by").equals(ownedBy) || now > 0;
            model.context(context(now > 0 ? now : trained))
                    .input(input(
                            modalities.isEmpty() ? can.contains("multimodal") : LocalJson.flag(modalities, "vision"),
                            LocalJson.flag(modalities, "audio")))
                    .structuredOutput(itself);
            if (!template.isEmpty()) {
                model.tools(template.contains("tools")
                        || !LocalJson.text(props, "chat_template_tool_use").isEmpty());
            }
            models.add(LocalModel.chat(model.build()));
        }
        return models;
    }

    private static List<LocalModel> vllm(String ownedBy, List<Map<String, Object>> entries) {
        List<LocalModel> models = new ArrayList<>();
        for (Map<String, Object> entry : entries) {
            int context = LocalJson.count(entry, "max_model_len");
            boolean itself = LocalJson.text(entry, "owned_by").equals(ownedBy);
            models.add(LocalModel.chat(known(entry)
                    .context(context(context))
                    .structuredOutput(itself)
                    .build()));
        }
        return models;
    }
}
