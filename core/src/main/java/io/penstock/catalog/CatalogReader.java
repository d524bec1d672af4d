package io.penstock.catalog;

import io.penstock.money.Nanos;
import io.penstock.protocol.Extra;
import io.penstock.protocol.Protocol;
import java.io.IOException;
import java.io.InputStream;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads the data file, strictly: an unknown field, a number without a source or a source without a date stops it. Numbers
 * are read as their text and become integers exactly.
 *
 * <p>In the file {@code sources}, {@code providers} and {@code parameters} stand before {@code models}, and a model's own
 * limits and price before its offers, which take them over unless they state their own.
 */
final class CatalogReader {
    private static final String FILE = "catalog.json";

    private final JsonParser parser;
    private final Catalog.Builder catalog = Catalog.builder();
    private final Set<String> sources = new HashSet<>();
    private final Map<String, Set<Protocol>> protocols = new HashMap<>(); // by provider
    private final Map<String, List<String>> parameters = new HashMap<>(); // by name of the list

    private CatalogReader(JsonParser parser) {
        this.parser = parser;
    }

    /**
     * Reads the file of the class path.
     *
     * @throws IllegalStateException if it is missing or wrong; the message says where
     */
    static Catalog.Builder readBuiltIn() {
        try (InputStream in = CatalogReader.class.getResourceAsStream(FILE)) {
            if (in == null) {
                throw new IllegalStateException(FILE + " is not on the class path");
            }
            return read(in);
        } catch (IOException e) {
            throw new IllegalStateException(FILE + " cannot be read", e);
        }
    }

    static Catalog.Builder read(InputStream in) {
        try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), in)) {
            CatalogReader reader = new CatalogReader(parser);
            parser.nextToken();
            reader.file();
            return reader.catalog;
        } catch (JacksonException e) {
            throw new IllegalStateException(FILE + " is not JSON", e);
        }
    }

    private void file() {
        object(field -> {
            switch (field) {
                case "note" -> text();
                case "sources" -> object(this::source);
                case "providers" -> object(provider -> protocols.put(provider, protocols()));
                case "surcharges" -> object(this::surcharges);
                case "parameters" -> object(list -> parameters.put(list, texts()));
                case "aliases" -> object(alias -> catalog.builtInAlias(alias, text()));
                case "models" -> array(() -> catalog.model(new ModelReader().read()));
                default -> throw unexpected(field);
            }
        });
    }

    private void surcharges(String provider) {
        Map<Extra, Long> each = new EnumMap<>(Extra.class);
        object(label -> {
            for (Extra extra : Extra.values()) {
                if (extra.label().equals(label)) {
                    each.put(extra, usd());
                    return;
                }
            }
            throw unexpected(label);
        });
        catalog.surcharges(provider, new Surcharges(each));
    }

    private void source(String key) {
        Set<String> seen = new HashSet<>();
        object(field -> {
            seen.add(field);
            switch (field) {
                case "name" -> text();
                case "date" -> LocalDate.parse(text());
                case "unverified" -> flag();
                default -> throw unexpected(field);
            }
        });
        if (!seen.contains("name") || !seen.contains("date")) {
            throw wrong("source " + key, "a name and a date");
        }
        sources.add(key);
    }

    private final class ModelReader {
        private final List<Offer> offers = new ArrayList<>();
        private String id = "";
        private int context;
        private int maxOutput;
        private Price price = Price.FREE;

        Model read() {
            Model.Builder[] model = {Model.builder("")};
            object(field -> {
                switch (field) {
                    case "id" -> {
                        id = text();
                        model[0] = Model.builder(id);
                    }
                    case "name" -> model[0].name(text());
                    case "released" ->
                        model[0].created(LocalDate.parse(sourced())
                                .atStartOfDay(ZoneOffset.UTC)
                                .toEpochSecond());
                    case "context" -> context = Integer.parseInt(sourced());
                    case "max_output" -> maxOutput = Integer.parseInt(sourced());
                    case "quality" -> model[0].quality(Integer.parseInt(sourced()));
                    case "input" -> model[0].input(modalities());
                    case "output" -> model[0].output(modalities());
                    case "tools" -> model[0].tools(flag());
                    case "reasoning" -> model[0].reasoning(flag());
                    case "structured_output" -> model[0].structuredOutput(flag());
                    case "max_completion_tokens" -> model[0].needsMaxCompletionTokens(flag());
                    case "parameters" -> model[0].parameters(listed(parameters, text()));
                    case "price" -> price = price();
                    case "offers" -> array(() -> offers.add(offer()));
                    default -> throw unexpected(field);
                }
            });
            return model[0].limits(context, maxOutput).offers(offers).build();
        }

        private Offer offer() {
            var offer = new Object() {
                String provider = "";
                String nativeId = "";
                int context = ModelReader.this.context;
                int maxOutput = ModelReader.this.maxOutput;
                Price price = ModelReader.this.price;

                @Nullable
                Set<Protocol> protocols;

                boolean free;
            };
            object(field -> {
                switch (field) {
                    case "provider" -> offer.provider = text();
                    case "native" -> offer.nativeId = text();
                    case "like" -> source(text()); // the source for taking over the model's numbers
                    case "protocols" -> offer.protocols = protocols();
                    case "free" -> offer.free = flag();
                    case "context" -> offer.context = Integer.parseInt(sourced());
                    case "max_output" -> offer.maxOutput = Integer.parseInt(sourced());
                    case "price" -> offer.price = price();
                    default -> throw unexpected(field);
                }
            });
            Set<Protocol> spoken =
                    offer.protocols != null ? offer.protocols : listed(CatalogReader.this.protocols, offer.provider);
            return new Offer(
                    offer.provider,
                    offer.nativeId,
                    offer.price,
                    offer.context,
                    offer.maxOutput,
                    spoken,
                    offer.free,
                    DataPolicy.UNKNOWN);
        }

        private void source(String key) {
            if (!sources.contains(key)) {
                throw wrong("source " + key + " in " + id, "one of " + sources);
            }
        }
    }

    /** Where a price is collected; a class that the file leaves out stays null. */
    private static final class PriceParts {
        long above;
        long input;

        @Nullable
        Long cacheRead;

        @Nullable
        Long cacheWrite;

        @Nullable
        Long cacheWrite1h;

        long output;
        long image;
        long request;
        long second;
        final List<Tier> tiers = new ArrayList<>();

        Rates rates() {
            return Rates.of(input, cacheRead, cacheWrite, cacheWrite1h, output);
        }
    }

    private Price price() {
        PriceParts parts = parts();
        return new Price(parts.rates(), parts.tiers, parts.image, parts.request, parts.second);
    }

    private PriceParts parts() {
        PriceParts parts = new PriceParts();
        object(field -> {
            switch (field) {
                case "above" -> parts.above = Long.parseLong(sourced());
                case "input" -> parts.input = usd();
                case "cache_read" -> parts.cacheRead = usd();
                case "cache_write" -> parts.cacheWrite = usd();
                case "cache_write_1h" -> parts.cacheWrite1h = usd();
                case "output" -> parts.output = usd();
                case "image" -> parts.image = usd();
                case "request" -> parts.request = usd();
                case "second" -> parts.second = usd();
                case "tiers" ->
                    array(() -> {
                        PriceParts tier = parts();
                        parts.tiers.add(new Tier(tier.above, tier.rates()));
                    });
                default -> throw unexpected(field);
            }
        });
        return parts;
    }

    private long usd() {
        return Nanos.parseUsd(sourced());
    }

    /** Reads {@code [value, source]} or {@code [value, source, remark]}; returns the value as it is written. */
    private String sourced() {
        expect(JsonToken.START_ARRAY);
        JsonToken token = parser.nextToken();
        if (token != JsonToken.VALUE_STRING && (token == null || !token.isNumeric())) {
            throw wrong(String.valueOf(token), "[value, source]");
        }
        String value = parser.getString();
        parser.nextToken();
        String source = text();
        if (!sources.contains(source)) {
            throw wrong("source " + source, "one of " + sources);
        }
        if (parser.nextToken() == JsonToken.VALUE_STRING) {
            parser.nextToken();
        }
        expect(JsonToken.END_ARRAY);
        return value;
    }

    private Set<Protocol> protocols() {
        Set<Protocol> spoken = EnumSet.noneOf(Protocol.class);
        for (String label : texts()) {
            for (Protocol protocol : Protocol.values()) {
                if (protocol.label().equals(label)) {
                    spoken.add(protocol);
                }
            }
        }
        return spoken;
    }

    private List<Modality> modalities() {
        return texts().stream().map(Modality::named).toList();
    }

    private <T> T listed(Map<String, T> lists, String name) {
        T found = lists.get(name);
        if (found == null) {
            throw wrong(name, "one of " + lists.keySet());
        }
        return found;
    }

    private List<String> texts() {
        List<String> texts = new ArrayList<>();
        array(() -> texts.add(text()));
        return texts;
    }

    private String text() {
        expect(JsonToken.VALUE_STRING);
        return parser.getString();
    }

    private boolean flag() {
        if (parser.currentToken() != JsonToken.VALUE_TRUE) {
            expect(JsonToken.VALUE_FALSE);
        }
        return parser.currentToken() == JsonToken.VALUE_TRUE;
    }

    /** Reads an object; the action finds the parser on the first token of the field's value and leaves it on the last. */
    private void object(Consumer<String> action) {
        expect(JsonToken.START_OBJECT);
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            action.accept(field);
        }
        expect(JsonToken.END_OBJECT);
    }

    private void array(Runnable action) {
        expect(JsonToken.START_ARRAY);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            action.run();
        }
    }

    private void expect(JsonToken token) {
        if (parser.currentToken() != token) {
            throw wrong(String.valueOf(parser.currentToken()), token.toString());
        }
    }

    private IllegalStateException unexpected(String field) {
        return wrong("field " + field, "a known one");
    }

    private IllegalStateException wrong(String found, String expected) {
        return new IllegalStateException(FILE + ", line "
                + parser.currentTokenLocation().getLineNr() + ": " + found + " (expected: " + expected + ")");
    }
}
