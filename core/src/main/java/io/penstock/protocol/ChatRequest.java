package io.penstock.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What {@link BodyScanner} found in a request's body: where its top-level fields lie, so that the server can splice
 * bytes instead of writing the body anew, and the few values that decide about it. A view, not a copy: offsets count
 * from the body's first byte. Reused for the next body; valid until {@link BodyScanner#reset}; not thread-safe.
 *
 * <p>Nothing here is believed before {@link BodyScanner#finish} returned true. A member that occurs twice below the top
 * level is legal; the last one is told, as most parsers do. {@code null} for an optional value counts as absent.
 */
public final class ChatRequest {
    /** More top-level fields than this are refused; the protocols know about a hundred. */
    public static final int FIELDS_MAX = 1_024;

    /** A longer model id is refused unread; the longest known is under 80 bytes. */
    public static final int MODEL_BYTES_MAX = 256;

    /** No more of a string than this is ever kept: all of a model id in which every letter is escaped. */
    static final int TEXT_BYTES_MAX = 2_048;

    /** As far as this many bytes of a message are searched for code fences. */
    private static final int FENCE_BYTES_MAX = 16 * 1_024;

    /** An arena grown by one odd body beyond this is given back. */
    private static final int ARENA_BYTES_KEPT = 16 * 1_024;

    private static final int FIELDS_KEPT = 64;

    /** A top-level field with a name that Penstock knows. */
    public enum Field {
        MODEL(Place.MODEL),
        MODELS,
        STREAM(Place.STREAM),
        STREAM_OPTIONS(Place.STREAM_OPTIONS),
        MAX_TOKENS(Place.COUNT),
        MAX_COMPLETION_TOKENS(Place.COUNT),
        MAX_OUTPUT_TOKENS(Place.COUNT),
        BEST_OF(Place.COUNT),
        N(Place.COUNT),
        MESSAGES(Place.MESSAGES),
        INPUT(Place.MESSAGES),
        PROMPT(Place.PROMPT),
        SYSTEM,
        INSTRUCTIONS,
        TOOLS(Place.TOOLS),
        FUNCTIONS,
        TOOL_CHOICE,
        PARALLEL_TOOL_CALLS,
        RESPONSE_FORMAT(Place.FORMAT),
        OUTPUT_CONFIG(Place.FORMAT_HOLDER),
        TEXT(Place.FORMAT_HOLDER),
        REASONING(Place.REASONING),
        REASONING_EFFORT(Place.EFFORT),
        INCLUDE_REASONING,
        THINKING(Place.THINKING),
        VERBOSITY,
        TEMPERATURE,
        TOP_P,
        TOP_K,
        STOP,
        STOP_SEQUENCES,
        SEED,
        LOGPROBS,
        TOP_LOGPROBS,
        LOGIT_BIAS,
        FREQUENCY_PENALTY,
        PRESENCE_PENALTY,
        PREDICTION,
        MODALITIES,
        AUDIO,
        SERVICE_TIER(Place.TIER),
        SPEED(Place.SPEED),
        WEB_SEARCH_OPTIONS,
        STORE,
        USER,
        SAFETY_IDENTIFIER,
        METADATA,
        SESSION_ID,
        PROMPT_CACHE_KEY,
        PREVIOUS_RESPONSE_ID,
        CONVERSATION,
        BACKGROUND(Place.BACKGROUND),
        CACHE_CONTROL,
        CONTEXT_MANAGEMENT,
        PROVIDER,
        ROUTE,
        FALLBACKS,
        USAGE,
        PLUGINS,
        TRANSFORMS,
        PRESET,
        TRACE,
        DEBUG;

        private static final Field[] ALL = values();
        private static final Field[][] BY_LENGTH = byLength();

        private final String wireName;

        @SuppressWarnings("ImmutableEnumChecker") // private, and never written
        private final byte[] wireBytes;

        private final int place;

        Field() {
            this(Place.FIELD);
        }

        Field(int place) {
            this.wireName = name().toLowerCase(Locale.ROOT);
            this.wireBytes = Place.bytes(wireName);
            this.place = place;
        }

        /** The name as it stands in a body. */
        public String wireName() {
            return wireName;
        }

        @SuppressWarnings("EnumOrdinal") // index of an array, number of a bit; never leaves the process
        private int slot() {
            return ordinal();
        }

        private static @Nullable Field of(byte[] text, int from, int to) {
            if (to - from < BY_LENGTH.length) {
                for (Field field : BY_LENGTH[to - from]) {
                    if (Place.is(field.wireBytes, text, from, to)) {
                        return field;
                    }
                }
            }
            return null;
        }

        private static Field[][] byLength() {
            int longest = Arrays.stream(ALL)
                    .mapToInt(field -> field.wireBytes.length)
                    .max()
                    .orElse(0);
            return IntStream.rangeClosed(0, longest)
                    .mapToObj(length -> Arrays.stream(ALL)
                            .filter(field -> field.wireBytes.length == length)
                            .toArray(Field[]::new))
                    .toArray(Field[][]::new);
        }
    }

    /** What became of the {@code model} field. */
    public enum ModelState {
        ABSENT,
        NOT_A_STRING,
        BLANK,
        TOO_LONG,
        GIVEN
    }

    /** What the client said in {@code stream_options.include_usage}. */
    public enum IncludeUsage {
        ABSENT,
        /** Also for {@code null}. */
        FALSE,
        TRUE
    }

    private static final int IMAGE = 1;
    private static final int AUDIO = 2;
    private static final int FILE = 4;
    private static final int THOUGHT = 8;

    private static final byte[][] IMAGE_TYPES = {
        Place.bytes("image"), Place.bytes("image_url"), Place.bytes("input_image")
    };
    private static final byte[][] AUDIO_TYPES = {Place.bytes("input_audio"), Place.bytes("audio")};
    private static final byte[][] FILE_TYPES = {Place.bytes("document"), Place.bytes("file"), Place.bytes("input_file")
    };
    private static final byte[][] THOUGHT_TYPES = {
        Place.bytes("thinking"), Place.bytes("redacted_thinking"), Place.bytes("reasoning")
    };
    private static final byte[][] MEDIA_PREFIXES = {
        Place.bytes("data:image/"),
        Place.bytes("data:application/pdf"),
        Place.bytes("data:audio/"),
        Place.bytes("data:video/"),
        Place.bytes("JVBERi") // %PDF- in base64
    };
    /** How the names of tools begin that the provider runs itself, with dates and kinds behind them. */
    private static final byte[][] PROVIDER_TOOLS = {
        Place.bytes("web_search"),
        Place.bytes("web_fetch"), // what is fetched is input
        Place.bytes("x_search"),
        Place.bytes("openrouter:"),
        Place.bytes("file_search"),
        Place.bytes("collections_search"),
        Place.bytes("code_"),
        Place.bytes("image_generation"),
        Place.bytes("mcp")
    };

    private static final Extra[] TOOL_EXTRAS = {
        Extra.WEB_SEARCH,
        Extra.WEB_SEARCH,
        Extra.WEB_SEARCH,
        Extra.REMOTE_TOOL,
        Extra.FILE_SEARCH,
        Extra.FILE_SEARCH,
        Extra.CODE_EXECUTION,
        Extra.IMAGE_GENERATION,
        Extra.REMOTE_TOOL
    };

    private static final byte[][] USUAL_TIERS = {
        Place.bytes("auto"), Place.bytes("default"), Place.bytes("standard"), Place.bytes("standard_only")
    };
    private static final byte[] FAST = Place.bytes("fast");
    private static final byte[] USER_ROLE = Place.bytes("user");
    private static final byte[] BASE64 = Place.bytes("base64");
    private static final byte[] JSON_SCHEMA = Place.bytes("json_schema");
    private static final byte[] NO_EFFORT = Place.bytes("none");
    private static final byte[] MINIMAL_EFFORT = Place.bytes("minimal");
    private static final byte[] ENABLED = Place.bytes("enabled");
    private static final byte[] ADAPTIVE = Place.bytes("adaptive");

    // Top-level fields, in the order of the body; names decoded, one behind the other in an arena.
    private int fieldCount;
    private int[] nameStart = new int[FIELDS_KEPT];
    private int[] valueStart = new int[FIELDS_KEPT];
    private int[] valueEnd = new int[FIELDS_KEPT];
    private int[] nameTo = new int[FIELDS_KEPT]; // end of the name in the arena; it starts where the one before ends
    private int[] nameHash = new int[FIELDS_KEPT];
    private byte[] names = new byte[ARENA_BYTES_KEPT];
    private final short[] indexOf = new short[Field.ALL.length];
    private int current = -1; // ordinal of the known field at hand, or -1
    private long invalid; // bit per known field

    private int objectStart;
    private int objectEnd;
    private int bytes;

    private ModelState modelState = ModelState.ABSENT;
    private final byte[] modelBytes = new byte[MODEL_BYTES_MAX];
    private int modelLength;
    private @Nullable String model; // of modelBytes, or of a body before this one

    private boolean stream;
    private boolean background;
    private IncludeUsage includeUsage = IncludeUsage.ABSENT;
    private int includeUsageStart;
    private int includeUsageEnd;
    private int streamOptionsInside;
    private boolean streamOptionsEmpty;
    private final long[] counts = new long[Field.N.slot() + 1];

    private int messageCount;
    private int toolCount;
    private int media; // bits
    private boolean calls;
    private int images;
    private boolean filesElsewhere;
    private int promptCount;
    private int asked; // bits of extras
    private boolean providerTools;
    private long mediaBytes;
    private long textMask; // all ones within a field whose strings are the prompt
    private long textBytes;
    private boolean structuredOutput;
    private boolean reasoningAsked;
    private boolean reasoningRefused;

    // The message at hand and the last one of the client with words in it.
    private boolean fromUser;
    private boolean roleKnown;
    private long messageText;
    private int messageFences;
    private int fenceBytesLeft;
    private int backticks; // in a row so far, 0 to 2
    private long lastUserText;
    private int lastUserFences;

    // The part at hand (0) and the part inside its content (1).
    private int level;
    private final int[] partMedia = new int[2];
    private final long[] partBytes = new long[2];
    private final long[] sourceBytes = new long[2];
    private final boolean[] sourceIsBase64 = new boolean[2];
    private final boolean[] partGiven = new boolean[2]; // the file itself, not where it is to be found

    ChatRequest() {
        reset();
    }

    void reset() {
        if (nameStart.length > FIELDS_KEPT) {
            nameStart = new int[FIELDS_KEPT];
            valueStart = new int[FIELDS_KEPT];
            valueEnd = new int[FIELDS_KEPT];
            nameTo = new int[FIELDS_KEPT];
            nameHash = new int[FIELDS_KEPT];
        }
        if (names.length > ARENA_BYTES_KEPT) {
            names = new byte[ARENA_BYTES_KEPT];
        }
        fieldCount = 0;
        Arrays.fill(indexOf, (short) -1);
        current = -1;
        invalid = 0;
        objectStart = -1;
        objectEnd = -1;
        bytes = 0;
        modelState = ModelState.ABSENT;
        stream = false;
        background = false;
        includeUsage = IncludeUsage.ABSENT;
        includeUsageStart = -1;
        includeUsageEnd = -1;
        streamOptionsInside = -1;
        streamOptionsEmpty = false;
        Arrays.fill(counts, -1);
        messageCount = 0;
        toolCount = 0;
        media = 0;
        calls = false;
        images = 0;
        filesElsewhere = false;
        promptCount = 0;
        asked = 0;
        providerTools = false;
        mediaBytes = 0;
        textMask = 0;
        textBytes = 0;
        structuredOutput = false;
        reasoningAsked = false;
        reasoningRefused = false;
        startMessage();
        lastUserText = 0;
        lastUserFences = 0;
        level = 0;
    }

    // ---- Fields

    /** Bytes of the whole body. */
    public int bytes() {
        return bytes;
    }

    /** Number of top-level fields. */
    public int fieldCount() {
        return fieldCount;
    }

    /** Offset of the body's opening brace; the first field can be put behind it. */
    public int objectStart() {
        return objectStart;
    }

    /** Offset of the body's closing brace; another field can be put before it. */
    public int objectEnd() {
        return objectEnd;
    }

    /** Offset of the opening quote of a field's name. */
    public int nameStart(int index) {
        return nameStart[index];
    }

    /** Offset of the first byte of a field's value. */
    public int valueStart(int index) {
        return valueStart[index];
    }

    /** Offset behind the last byte of a field's value. */
    public int valueEnd(int index) {
        return valueEnd[index];
    }

    /** A field's name, its escapes decoded. */
    public String name(int index) {
        return new String(names, nameFrom(index), nameTo[index] - nameFrom(index), StandardCharsets.UTF_8);
    }

    /** Index of a known field, or -1. */
    public int indexOf(Field field) {
        return indexOf[field.slot()];
    }

    /** True if the body has that field, be it null. */
    public boolean has(Field field) {
        return indexOf[field.slot()] >= 0;
    }

    /**
     * True if the field's value is of a kind that it can never have: {@code stream} not a boolean, a limit of tokens or
     * {@code n} not a whole number of at least 0 and at most 18 digits, {@code stream_options} not an object,
     * {@code messages} or {@code tools} not an array, {@code input} neither an array nor a string, {@code model} not a
     * string, blank or too long.
     */
    public boolean isInvalid(Field field) {
        return (invalid & 1L << field.slot()) != 0;
    }

    // ---- Values

    /** The model id, its escapes decoded; null unless {@link #modelState} is {@code GIVEN}. */
    public @Nullable String model() {
        if (modelState != ModelState.GIVEN) {
            return null;
        }
        if (model == null) {
            model = new String(modelBytes, 0, modelLength, StandardCharsets.UTF_8);
        }
        return model;
    }

    public ModelState modelState() {
        return modelState;
    }

    /** True if {@code stream} is true. */
    public boolean stream() {
        return stream;
    }

    /** True if {@code background} is true: the answer of the Responses API is to be fetched later. */
    public boolean background() {
        return background;
    }

    public IncludeUsage includeUsage() {
        return includeUsage;
    }

    /** Offset of the value of {@code stream_options.include_usage}, or -1. */
    public int includeUsageStart() {
        return includeUsageStart;
    }

    /** Offset behind that value, or -1. */
    public int includeUsageEnd() {
        return includeUsageEnd;
    }

    /** Offset behind the opening brace of {@code stream_options}, or -1 if it is absent or no object. */
    public int streamOptionsInside() {
        return streamOptionsInside;
    }

    /** True if {@code stream_options} is an object without members. */
    public boolean streamOptionsEmpty() {
        return streamOptionsEmpty;
    }

    /** {@code max_tokens}, or -1 if absent or {@linkplain #isInvalid invalid}. */
    public long maxTokens() {
        return counts[Field.MAX_TOKENS.slot()];
    }

    /** {@code max_completion_tokens}, or -1 if absent or invalid. */
    public long maxCompletionTokens() {
        return counts[Field.MAX_COMPLETION_TOKENS.slot()];
    }

    /** {@code max_output_tokens}, or -1 if absent or invalid. */
    public long maxOutputTokens() {
        return counts[Field.MAX_OUTPUT_TOKENS.slot()];
    }

    /** {@code n}, or -1 if absent or invalid. */
    public long n() {
        return counts[Field.N.slot()];
    }

    /** Elements of {@code messages}, or of {@code input}. */
    public int messageCount() {
        return messageCount;
    }

    /** Elements of {@code tools}. */
    public int toolCount() {
        return toolCount;
    }

    /** True if a part of a message, or of a tool's result in it, is an image. */
    public boolean hasImages() {
        return (media & IMAGE) != 0;
    }

    /** Images in messages and in tools' results, given or by URL. */
    public int images() {
        return images;
    }

    /** True if a document or file is told by URL or id alone, so that nothing here says how large it is. */
    public boolean filesElsewhere() {
        return filesElsewhere;
    }

    /** Prompts of completions, each of which is answered: elements of {@code prompt} that are texts or lists; at least 1. */
    public int prompts() {
        return Math.max(1, promptCount);
    }

    /** True if a tool is asked for that the provider runs itself: what that finds is input as well. */
    public boolean providerTools() {
        return providerTools || has(Field.WEB_SEARCH_OPTIONS) || has(Field.PLUGINS);
    }

    /**
     * What is asked for that providers bill beside tokens. {@code auto} tiers are taken for the usual one; the modalities of an
     * answer are not looked at but for its sound.
     */
    public Set<Extra> extrasAsked() {
        int bits = asked;
        bits |= has(Field.WEB_SEARCH_OPTIONS) || has(Field.PLUGINS) ? bit(Extra.WEB_SEARCH) : 0;
        bits |= has(Field.AUDIO) ? bit(Extra.AUDIO_OUTPUT) : 0;
        bits |= hasAudio() ? bit(Extra.AUDIO_INPUT) : 0;
        if (bits == 0) {
            return Set.of();
        }
        Set<Extra> extras = EnumSet.noneOf(Extra.class);
        for (Extra extra : Extra.values()) {
            if ((bits & bit(extra)) != 0) {
                extras.add(extra);
            }
        }
        return extras;
    }

    /** {@code best_of}, or -1 if absent or invalid. */
    public long bestOf() {
        return counts[Field.BEST_OF.slot()];
    }

    /** True if a part of a message is audio. */
    public boolean hasAudio() {
        return (media & AUDIO) != 0;
    }

    /** True if a part of a message, or of a tool's result in it, is a document or a file. */
    public boolean hasFiles() {
        return (media & FILE) != 0;
    }

    /** True if a message holds thinking of an earlier answer. */
    public boolean hasThinking() {
        return (media & THOUGHT) != 0;
    }

    /** True if a message of chat completions made calls. */
    public boolean hasCalls() {
        return calls;
    }

    /**
     * Bytes of the strings that hold images, audio and PDFs, and nothing that may be text: what the protocols put
     * elsewhere, a source that is not base64, or a file of another kind, is not counted, so that all bytes minus these
     * bound the tokens of the text from above.
     */
    public long mediaBytes() {
        return mediaBytes;
    }

    /** Bytes of all strings in {@code messages}, {@code input}, {@code prompt}, {@code system} and {@code instructions}, less media. */
    public long textBytes() {
        return textBytes - mediaBytes;
    }

    /** Bytes of text in the last message of the user that has any; a tool's result is not the user's. */
    public long lastUserTextBytes() {
        return lastUserText;
    }

    /** How often ``` occurs in that text, of which the first 16 KiB are searched. */
    public int codeFences() {
        return lastUserFences;
    }

    /** True if the answer must follow a JSON schema. */
    public boolean structuredOutput() {
        return structuredOutput;
    }

    /** True if the client asks the model to reason, beyond what it does by itself. */
    public boolean reasoningAsked() {
        return reasoningAsked && !reasoningRefused;
    }

    // ---- What the scanner tells, in the order of the body

    void bodyStart(int offset) {
        objectStart = offset;
    }

    void bodyEnd(int offset) {
        objectEnd = offset;
    }

    void bodyBytes(int total) {
        bytes = total;
    }

    /** A top-level name, decoded: the place of its value, or -1 if the name was there before. */
    int field(byte[] text, int from, int to, int offset) {
        int hash = 1;
        for (int i = from; i < to; i++) {
            hash = hash * 31 + text[i];
        }
        for (int i = 0; i < fieldCount; i++) {
            if (nameHash[i] == hash && Arrays.equals(names, nameFrom(i), nameTo[i], text, from, to)) {
                return -1;
            }
        }
        int start = nameFrom(fieldCount);
        int end = start + to - from;
        if (fieldCount == nameStart.length) {
            grow();
        }
        if (end > names.length) {
            names = Arrays.copyOf(names, Math.max(end, names.length * 2));
        }
        System.arraycopy(text, from, names, start, to - from);
        nameTo[fieldCount] = end;
        nameHash[fieldCount] = hash;
        nameStart[fieldCount] = offset;
        Field field = Field.of(text, from, to);
        current = field == null ? -1 : field.slot();
        if (field != null) {
            indexOf[current] = (short) fieldCount;
        }
        textMask = field == Field.MESSAGES
                        || field == Field.INPUT
                        || field == Field.PROMPT
                        || field == Field.SYSTEM
                        || field == Field.INSTRUCTIONS
                ? -1
                : 0;
        fieldCount++;
        return field == null ? Place.FIELD : field.place;
    }

    private void grow() {
        int length = Math.min(nameStart.length * 2, FIELDS_MAX);
        nameStart = Arrays.copyOf(nameStart, length);
        valueStart = Arrays.copyOf(valueStart, length);
        valueEnd = Arrays.copyOf(valueEnd, length);
        nameTo = Arrays.copyOf(nameTo, length);
        nameHash = Arrays.copyOf(nameHash, length);
    }

    private int nameFrom(int index) {
        return index == 0 ? 0 : nameTo[index - 1];
    }

    void topValueStart(int offset) {
        valueStart[fieldCount - 1] = offset;
    }

    void topValueEnd(int offset) {
        valueEnd[fieldCount - 1] = offset;
    }

    /** A value begins at a place that matters; {@code first} is its first byte. */
    void begin(int place, int first, int offset) {
        switch (place) {
            case Place.MODEL -> {
                if (first != '"') {
                    modelState = ModelState.NOT_A_STRING;
                    flag();
                }
            }
            case Place.STREAM -> flagUnless(first == 't' || first == 'f' || first == 'n');
            case Place.COUNT -> flagUnless(first == 'n' || (first >= '0' && first <= '9'));
            case Place.STREAM_OPTIONS -> {
                flagUnless(first == '{' || first == 'n');
                streamOptionsInside = first == '{' ? offset + 1 : -1;
                streamOptionsEmpty = first == '{';
            }
            case Place.INCLUDE_USAGE -> {
                includeUsageStart = offset;
                includeUsage = first == 't' ? IncludeUsage.TRUE : IncludeUsage.FALSE;
            }
            case Place.MESSAGES -> {
                flagUnless(first == '[' || (current == Field.INPUT.slot() && (first == '"' || first == 'n')));
                startMessage();
                roleKnown = first == '"';
                fromUser = roleKnown;
            }
            case Place.TOOLS -> flagUnless(first == '[' || first == 'n');
            case Place.MESSAGE -> {
                messageCount++;
                startMessage();
            }
            case Place.TOOL -> toolCount++;
            case Place.CALLS -> calls = true;
            case Place.REASONING_DETAILS -> media |= THOUGHT;
            case Place.PROMPT_ITEM -> promptCount += first == '"' || first == '[' ? 1 : 0;
            case Place.PART -> startPart(0);
            case Place.INNER_PART -> startPart(1);
            case Place.REASONING -> reasoningAsked |= first == '{' || first == 't';
            default -> {}
        }
    }

    private void flag() {
        invalid |= 1L << current;
    }

    private void flagUnless(boolean fine) {
        if (!fine) {
            flag();
        }
    }

    private void startMessage() {
        fromUser = false;
        roleKnown = false;
        messageText = 0;
        messageFences = 0;
        fenceBytesLeft = FENCE_BYTES_MAX;
    }

    private void startPart(int newLevel) {
        level = newLevel;
        partMedia[level] = 0;
        partBytes[level] = 0;
        sourceBytes[level] = 0;
        sourceIsBase64[level] = false;
        partGiven[level] = false;
    }

    /** A member of {@code stream_options}. */
    void streamOption() {
        streamOptionsEmpty = false;
    }

    /** A string anywhere below the top level ended. */
    void string(int length) {
        textBytes += length & textMask;
    }

    /** True if the text of the string at this place is wanted, or as much of it as is kept. */
    static boolean wantsText(int place) {
        return switch (place) {
            case Place.MODEL,
                    Place.ROLE,
                    Place.PART_TYPE,
                    Place.ITEM_TYPE,
                    Place.SOURCE_TYPE,
                    Place.MEDIA_URL,
                    Place.FILE_DATA,
                    Place.FORMAT_TYPE,
                    Place.EFFORT,
                    Place.THINKING_TYPE,
                    Place.TOOL_TYPE,
                    Place.TIER,
                    Place.SPEED -> true;
            default -> false;
        };
    }

    /** A string at a place that matters ended: its decoded beginning (whole, if wanted and short) and its length. */
    void stringEnd(int place, byte[] text, int from, int to, int length) {
        switch (place) {
            case Place.MODEL -> model(text, from, to, length > TEXT_BYTES_MAX);
            case Place.ROLE -> {
                roleKnown = true;
                fromUser = Place.is(USER_ROLE, text, from, to);
            }
            case Place.MESSAGES -> {
                messageText = length;
                endMessage();
            }
            case Place.CONTENT, Place.PART_TEXT -> messageText += level == 0 ? length : 0;
            case Place.TOOL_TYPE -> tool(text, from, to);
            case Place.TIER -> asked |= isAny(USUAL_TIERS, text, from, to) ? 0 : bit(Extra.SERVICE_TIER);
            case Place.SPEED -> asked |= Place.is(FAST, text, from, to) ? bit(Extra.FAST_MODE) : 0;
            case Place.PART_TYPE -> partMedia[level] = mediaKind(text, from, to);
            case Place.ITEM_TYPE -> media |= isAny(THOUGHT_TYPES, text, from, to) ? THOUGHT : 0;
            case Place.SOURCE_TYPE -> sourceIsBase64[level] = Place.is(BASE64, text, from, to);
            case Place.SOURCE_DATA -> {
                sourceBytes[level] = length;
                partGiven[level] = true;
            }
            case Place.MEDIA_URL, Place.FILE_DATA -> {
                partBytes[level] += isMedia(text, from, to) ? length : 0;
                partGiven[level] |= place == Place.FILE_DATA;
            }
            case Place.AUDIO_DATA -> partBytes[level] += length;
            case Place.FORMAT_TYPE -> structuredOutput |= Place.is(JSON_SCHEMA, text, from, to);
            case Place.EFFORT -> {
                boolean none = Place.is(NO_EFFORT, text, from, to) || Place.is(MINIMAL_EFFORT, text, from, to);
                reasoningAsked |= !none;
                reasoningRefused |= none;
            }
            case Place.THINKING_TYPE ->
                reasoningAsked |= Place.is(ENABLED, text, from, to) || Place.is(ADAPTIVE, text, from, to);
            default -> {}
        }
    }

    private void model(byte[] text, int from, int to, boolean cut) {
        int length = to - from;
        boolean blank = true;
        for (int i = from; i < to && blank; i++) {
            blank = text[i] >= 0 && text[i] <= ' ';
        }
        if (blank || cut || length > MODEL_BYTES_MAX) {
            modelState = blank && !cut ? ModelState.BLANK : ModelState.TOO_LONG;
            flag();
            return;
        }
        modelState = ModelState.GIVEN;
        if (!Arrays.equals(text, from, to, modelBytes, 0, modelLength)) { // else the last body's String will do
            System.arraycopy(text, from, modelBytes, 0, length);
            modelLength = length;
            model = null;
        }
    }

    private void tool(byte[] text, int from, int to) {
        for (int i = 0; i < PROVIDER_TOOLS.length; i++) {
            byte[] name = PROVIDER_TOOLS[i];
            if (to - from >= name.length && Place.is(name, text, from, from + name.length)) {
                asked |= bit(TOOL_EXTRAS[i]);
                providerTools = true;
                return;
            }
        }
    }

    @SuppressWarnings("EnumOrdinal") // number of a bit; never leaves the process
    private static int bit(Extra extra) {
        return 1 << extra.ordinal();
    }

    private static int mediaKind(byte[] text, int from, int to) {
        return isAny(IMAGE_TYPES, text, from, to)
                ? IMAGE
                : isAny(AUDIO_TYPES, text, from, to)
                        ? AUDIO
                        : isAny(FILE_TYPES, text, from, to) ? FILE : isAny(THOUGHT_TYPES, text, from, to) ? THOUGHT : 0;
    }

    private static boolean isAny(byte[][] names, byte[] text, int from, int to) {
        for (byte[] name : names) {
            if (Place.is(name, text, from, to)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isMedia(byte[] text, int from, int to) {
        for (byte[] prefix : MEDIA_PREFIXES) {
            if (to - from >= prefix.length && Place.is(prefix, text, from, from + prefix.length)) {
                return true;
            }
        }
        return false;
    }

    /** True if {@link #text} wants to see the bytes of the string at this place. */
    boolean searchesText(int place) {
        return (place == Place.CONTENT || place == Place.PART_TEXT || place == Place.MESSAGES)
                && level == 0
                && fenceBytesLeft > 0
                && (fromUser || !roleKnown);
    }

    /** The next bytes of a text; {@code first} if they begin it. */
    void text(byte[] text, int from, int to, boolean first) {
        int run = first ? 0 : backticks;
        int end = Math.min(to, from + fenceBytesLeft);
        fenceBytesLeft -= end - from;
        for (int i = from; i < end; i++) {
            run = text[i] == '`' ? run + 1 : 0;
            if (run == 3) {
                messageFences++;
                run = 0;
            }
        }
        backticks = run;
    }

    void number(int place, byte[] text, int from, int to) {
        if (place != Place.COUNT) {
            return;
        }
        long count = 0;
        if (to - from > 18) {
            flag();
            return;
        }
        for (int i = from; i < to; i++) {
            int digit = text[i] - '0';
            if (digit < 0 || digit > 9) {
                flag();
                return;
            }
            count = count * 10 + digit;
        }
        counts[current] = count;
    }

    /** {@code true}, {@code false} or {@code null}, by its first byte. */
    void literal(int place, int first) {
        if (place == Place.STREAM) {
            stream = first == 't';
        } else if (place == Place.BACKGROUND) {
            background = first == 't';
        } else if (place == Place.ENABLED) {
            reasoningRefused |= first == 'f';
        }
    }

    /** A value of any kind ended at a place that matters. */
    void end(int place, int offset) {
        switch (place) {
            case Place.INCLUDE_USAGE -> includeUsageEnd = offset;
            case Place.MESSAGE -> endMessage();
            case Place.PART, Place.INNER_PART -> endPart();
            default -> {}
        }
    }

    private void endMessage() {
        if (fromUser && messageText > 0) {
            lastUserText = messageText;
            lastUserFences = messageFences;
        }
    }

    private void endPart() {
        media |= partMedia[level];
        if ((partMedia[level] & IMAGE) != 0) {
            images++;
        } else if ((partMedia[level] & FILE) != 0 && !partGiven[level]) {
            filesElsewhere = true;
        }
        if ((partMedia[level] & ~THOUGHT) != 0) {
            mediaBytes += partBytes[level] + (sourceIsBase64[level] ? sourceBytes[level] : 0);
        }
        level = 0;
    }
}
