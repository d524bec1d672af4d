package io.penstock.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What must be known of a provider's answer, or of an event of one, to relay and to bill it: where {@code usage} and
 * {@code error} stand, whether it finishes, and how much text it delivers. The rules are here. Who walks the JSON, in place or
 * along an index, tells what it meets, in the order of the text, and lends its bytes; so both find the same.
 *
 * <p>What it says is valid until the text's bytes change. Reused; not thread-safe; allocates nothing but what it hands out.
 */
public abstract class AnswerProbe {
    private static final int USAGE_BYTES = 512; // most need less
    private static final int USAGE_BYTES_KEPT = 2 * 1024;
    private static final int REASON_BYTES_MAX = 1024; // whole, so that a credential in it is known as one
    private static final int USAGE_DEPTH_MAX = 3; // of a member of choices[0], where Moonshot puts it

    /** The name of a member that tells usage: see {@link #code(long, int)}. */
    protected static final long USAGE = code("usage");

    private static final long ERROR = code("error");
    private static final long TYPE = code("type");
    private static final long TEXT = code("text");
    private static final long CHOICES = code("choices");
    private static final long CONTENT = code("content");
    private static final long REFUSAL = code("refusal");
    private static final long REASONING = code("reasoning");
    private static final long REASONING_CONTENT = code("reasoning_content");
    private static final long ARGUMENTS = code("arguments");
    private static final long THINKING = code("thinking");
    private static final long PARTIAL_JSON = code("partial_json");
    private static final long AUDIO = code("audio");
    private static final long IMAGES = code("images");
    private static final long DATA = code("data");
    private static final long TRANSCRIPT = code("transcript");
    private static final long FINISH_REASON = code("finish_reason");
    private static final long STOP_REASON = code("stop_reason");
    private static final long DELTA = code("delta");
    private static final long RESPONSE = code("response");
    private static final long STATUS = code("status");
    private static final long INCOMPLETE_DETAILS = code("incomplete_details");
    private static final long REASON = code("reason");
    private static final long OUTPUT = code("output");
    private static final long INPUT = code("input");
    private static final long SERVICE_TIER = code("service_tier");
    private static final byte[] WEB_SEARCH_CALL = ascii("web_search_call");
    private static final byte[] FILE_SEARCH_CALL = ascii("file_search_call");
    private static final byte[] CODE_CALL = ascii("code_interpreter_call");
    private static final byte[] IMAGE_CALL = ascii("image_generation_call");
    private static final byte[] REMOTE_CALL = ascii("mcp_call");
    private static final byte[] OPEN_PAGE = ascii("open_page");
    private static final byte[] FIND_IN_PAGE = ascii("find_in_page");

    /** Spreads names over {@link #KNOWN} so that those which are on every chunk, and are not looked for, miss it. */
    private static final long SPREAD = 0x4994E77F4AD03F0FL;

    private static final long KNOWN = bits(
            USAGE,
            ERROR,
            TYPE,
            TEXT,
            CHOICES,
            CONTENT,
            REFUSAL,
            REASONING,
            REASONING_CONTENT,
            ARGUMENTS,
            THINKING,
            PARTIAL_JSON,
            AUDIO,
            IMAGES,
            DATA,
            TRANSCRIPT,
            FINISH_REASON,
            STOP_REASON,
            DELTA,
            RESPONSE,
            STATUS,
            INCOMPLETE_DETAILS,
            REASON,
            OUTPUT,
            INPUT,
            SERVICE_TIER);

    private static final String[] REASONS = {
        "stop",
        "tool_calls",
        "length",
        "end_turn",
        "tool_use",
        "max_tokens",
        "stop_sequence",
        "content_filter",
        "completed",
        "max_output_tokens"
    };
    private static final byte[][] REASON_BYTES =
            Arrays.stream(REASONS).map(AnswerProbe::ascii).toArray(byte[][]::new);

    private Protocol protocol = Protocol.OPENAI;
    private ScriptCounter text = new ScriptCounter();
    private int start; // of the text
    private int end;
    private byte[] usageBytes = {};
    private int usageStart;
    private int usageEnd;
    private int usageDepth; // of the usage at hand, or -1
    private int usageLevel; // where the usage lies: what is nearer to the top wins
    private int errorStart;
    private int errorEnd;
    private int errorDepth; // of the error at hand, or -1
    private int typeStart;
    private int typeEnd;
    private int finishStart;
    private int finishEnd;
    private int choicesDepth; // of the choices at hand, or -1
    private boolean choicesEmpty;
    private boolean choicesSeen;
    private boolean delivers;
    private boolean broken;
    private boolean mentionsError;
    private int tierStart; // of service_tier
    private int tierEnd;
    private int audioDepth; // of the audio object at hand, or -1

    private boolean responses; // the protocol's rules are those of Responses
    private int responseDepth; // of an event's response, or -1
    private int detailsDepth; // of incomplete_details, or -1
    private int outputDepth; // of the output of an answer that is no event, or -1
    private int webSearches; // by items of an answer of Responses, as are the next
    private int fileSearches;
    private int codeRuns;
    private int imagesMade;
    private int remoteTools;

    // ---- What a walker lends

    /** Whether the bytes {@code [from, to)} of the text are these. */
    protected abstract boolean is(int from, int to, byte[] ascii);

    /** Copies the bytes {@code [from, from + length)} of the text to the begin of {@code into}. */
    protected abstract void copy(int from, byte[] into, int length);

    /** Counts the content of a string, {@code [from, to)} of the text. */
    protected abstract void count(ScriptCounter counter, int from, int to);

    /** Whether the list that was met last, which begins at {@code at}, is empty. */
    protected abstract boolean isEmpty(int at);

    // ---- What a walker tells

    /** A text begins, {@code [from, to)} of what the walker walks. */
    protected final void begin(int from, int to, Protocol of, ScriptCounter counter) {
        protocol = of;
        text = counter;
        start = from;
        end = to;
        responses = of == Protocol.RESPONSES;
        responseDepth = -1;
        detailsDepth = -1;
        outputDepth = -1;
        usageStart = -1;
        usageDepth = -1;
        usageLevel = USAGE_DEPTH_MAX + 1;
        errorStart = -1;
        errorDepth = -1;
        typeStart = -1;
        finishStart = -1;
        choicesDepth = -1;
        choicesEmpty = false;
        choicesSeen = false;
        mentionsError = false;
        tierStart = -1;
        webSearches = 0;
        fileSearches = 0;
        codeRuns = 0;
        imagesMade = 0;
        remoteTools = 0;
        delivers = false;
        broken = false;
        audioDepth = -1;
    }

    /** It is not whole JSON. */
    protected final void breaks() {
        broken = true;
    }

    /**
     * An object or a list begins.
     *
     * @param key of the name in front of it, or of the list that it stands in; 0 if there is none. The same in {@link #string}
     * @param depth how many it stands in
     */
    protected final void open(byte bracket, long key, int depth, int at) {
        if (bracket == '{') {
            openObject(key, depth, at);
        } else if (key == CHOICES && depth == 1) {
            choicesDepth = depth;
            choicesSeen = true;
            choicesEmpty = isEmpty(at);
        } else if (key == IMAGES) {
            delivers |= !isEmpty(at);
        } else if (responses && key == OUTPUT && depth == 1) {
            outputDepth = depth;
        }
    }

    private void openObject(long key, int depth, int at) {
        if (key == 0) {
            return;
        }
        if (key == USAGE && usageDepth < 0 && depth < usageLevel && (depth < USAGE_DEPTH_MAX || choicesDepth == 1)) {
            usageStart = at;
            usageDepth = depth;
            usageLevel = depth;
        } else if (key == ERROR) {
            mentionsError = true;
            if (errorStart < 0 && (depth == 1 || responses && depth == 2 && responseDepth == 1)) {
                errorStart = at;
                errorDepth = depth;
            }
        } else if (key == AUDIO && audioDepth < 0) {
            audioDepth = depth;
        } else if (responses && key == RESPONSE && depth == 1) {
            responseDepth = depth;
        } else if (responses && key == INCOMPLETE_DETAILS && ofResponse(depth)) {
            detailsDepth = depth;
        }
    }

    /** The object or list at that depth ends in front of {@code at}. */
    protected final void close(int depth, int at) {
        if (depth == usageDepth) {
            usageEnd = at;
            usageDepth = -1;
        } else if (depth == errorDepth) {
            errorEnd = at;
            errorDepth = -1;
        } else if (depth == audioDepth) {
            audioDepth = -1;
        } else if (depth == choicesDepth) {
            choicesDepth = -1;
        } else if (responses) {
            if (depth == detailsDepth) {
                detailsDepth = -1;
            } else if (depth == responseDepth) {
                responseDepth = -1;
            } else if (depth == outputDepth) {
                outputDepth = -1;
            }
        }
    }

    /**
     * A string, {@code [from, to)} between its quotes.
     *
     * @param plain whether it is known to be ASCII without escapes
     */
    protected final void string(long key, int depth, int from, int to, boolean plain) {
        if (key == 0) {
            return;
        }
        if (key == ERROR) {
            mentionsError = true;
        }
        if (key == TYPE && depth == 1) {
            typeStart = from;
            typeEnd = to;
        } else if (key == SERVICE_TIER && (depth == 1 || depth == 2 && responseDepth == 1)) {
            tierStart = from;
            tierEnd = to;
        } else if (responses) {
            stringInResponse(key, depth, from, to, plain);
        } else if (key == FINISH_REASON || key == STOP_REASON) {
            finishStart = from;
            finishEnd = to;
        } else if (key == ERROR && depth == 1 && errorStart < 0) { // some servers say {"error":"text"}
            errorStart = from - 1;
            errorEnd = to + 1;
        } else if (to > from
                && (key == CONTENT
                        || key == TEXT
                        || key == REASONING_CONTENT
                        || key == ARGUMENTS
                        || key == PARTIAL_JSON
                        || key == THINKING
                        || key == REASONING
                        || key == REFUSAL
                        || key == TRANSCRIPT)) {
            deliver(from, to, plain);
        } else if (to > from && (key == AUDIO || key == DATA && audioDepth >= 0)) {
            delivers = true; // sound: base64 says nothing of how many tokens it took
        }
    }

    private void deliver(int from, int to, boolean plain) {
        delivers = true;
        if (plain) {
            text.addAscii(to - from);
        } else {
            count(text, from, to);
        }
    }

    /** An event of Responses tells each text again when it is done, and all of them at the end; only its delta counts. */
    private void stringInResponse(long key, int depth, int from, int to, boolean plain) {
        if (key == TYPE) {
            itemType(depth - (responseDepth < 0 ? 3 : 4), from, to);
        }
        if (key == STATUS && finishStart < 0 && ofResponse(depth)
                || key == REASON && detailsDepth >= 0 && depth == detailsDepth + 1) { // says more than the status does
            finishStart = from;
            finishEnd = to;
        } else if (key == ERROR && depth == 1 && errorStart < 0) {
            errorStart = from - 1;
            errorEnd = to + 1;
        } else if (to > from
                && (key == DELTA && depth == 1
                        || outputDepth >= 0 && (key == TEXT || key == ARGUMENTS || key == REFUSAL || key == INPUT))) {
            deliver(from, to, plain);
        }
    }

    /** Whether a member at that depth is one of the answer as a whole: at the top of a plain one, in an event's response. */
    private boolean ofResponse(int depth) {
        return depth == (responseDepth < 0 ? 1 : 2);
    }

    /** Items that the provider made with tools of its own; a search that only opened a page is none. */
    private void itemType(int level, int from, int to) {
        if (level == 0) {
            webSearches += is(from, to, WEB_SEARCH_CALL) ? 1 : 0;
            fileSearches += is(from, to, FILE_SEARCH_CALL) ? 1 : 0;
            codeRuns += is(from, to, CODE_CALL) ? 1 : 0;
            imagesMade += is(from, to, IMAGE_CALL) ? 1 : 0;
            remoteTools += is(from, to, REMOTE_CALL) ? 1 : 0;
        } else if (level == 1 && webSearches > 0 && (is(from, to, OPEN_PAGE) || is(from, to, FIND_IN_PAGE))) {
            webSearches--;
        }
    }

    // ---- Names

    /**
     * A member's name as a number: its first eight bytes (little-endian; what is behind a shorter name does not count) mixed with
     * its length. No two of the names above share one. Most other names are 0 at once: nobody looks for them.
     */
    protected static long code(long head, int length) {
        long code = mixed(head, length);
        return (KNOWN >>> place(code) & 1) == 0 ? 0 : code;
    }

    private static long mixed(long head, int length) {
        long kept = length < Long.BYTES ? head & (1L << (length << 3)) - 1 : head;
        return kept * 31 + length;
    }

    private static int place(long code) {
        return (int) (code * SPREAD >>> 58);
    }

    private static long bits(long... codes) {
        long bits = 0;
        for (long code : codes) {
            bits |= 1L << place(code);
        }
        return bits;
    }

    private static long code(String name) {
        long head = 0;
        for (int i = Math.min(name.length(), Long.BYTES) - 1; i >= 0; i--) {
            head = head << 8 | name.charAt(i);
        }
        return mixed(head, name.length());
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    // ---- What was found

    /** Whether there is a {@code usage} object, at the top or one level below: in {@code message}, or {@code x_groq}. */
    public final boolean hasUsage() {
        return usageStart >= 0;
    }

    /** Takes the usage that was found. */
    public final void readUsage(UsageCounter counter) {
        int length = usageEnd - usageStart;
        if (usageBytes.length < length) {
            usageBytes = new byte[Math.max(length, USAGE_BYTES)];
        }
        byte[] json = usageBytes;
        copy(usageStart, json, length);
        switch (protocol) {
            case OPENAI -> OpenAiUsage.readUsage(json, 0, length, counter);
            case ANTHROPIC -> AnthropicUsage.readUsage(json, 0, length, counter);
            case RESPONSES -> ResponsesUsage.readUsage(json, 0, length, counter);
        }
        ExtraUsage extras = counter.extras();
        extras.read(json, 0, length);
        int tier = tierEnd - tierStart;
        if (tierStart >= 0 && tier <= json.length) {
            copy(tierStart, json, tier);
            extras.tier(json, 0, tier);
        }
        extras.tell(Extra.WEB_SEARCH, webSearches);
        extras.tell(Extra.FILE_SEARCH, fileSearches);
        extras.tell(Extra.CODE_EXECUTION, codeRuns);
        extras.tell(Extra.IMAGE_GENERATION, imagesMade);
        extras.tell(Extra.REMOTE_TOOL, remoteTools);
        if (length > USAGE_BYTES_KEPT) {
            usageBytes = new byte[USAGE_BYTES];
        }
    }

    /** Whether there is a top-level {@code error} that is an object or a string. */
    public final boolean hasError() {
        return errorStart >= 0;
    }

    /** That error as it stands; the whole text where there is none. */
    public final byte[] error() {
        int from = hasError() ? errorStart : start;
        byte[] json = new byte[(hasError() ? errorEnd : end) - from];
        copy(from, json, json.length);
        return json;
    }

    /** Whether an {@code error} that is an object or a string stands anywhere in it. */
    public final boolean mentionsError() {
        return mentionsError;
    }

    /** Whether it is not what an answer of its protocol, or an event of one, looks like: a provider may tell anything in it. */
    public final boolean odd() {
        return broken
                || mentionsError
                || finishStart >= 0 && usualReason() < 0
                || (protocol == Protocol.OPENAI ? !choicesSeen : typeStart < 0 && !responses)
                || responses && typeStart < 0 && finishStart < 0;
    }

    /** Whether the top-level {@code type} is this. */
    public final boolean typeIs(byte[] type) {
        return typeStart >= 0 && is(typeStart, typeEnd, type);
    }

    /** Whether a finish or stop reason is told (not null). */
    public final boolean finishes() {
        return finishStart >= 0;
    }

    /** The finish or stop reason, after {@link #finishes}, cut where no reason is so long. The usual ones are made once. */
    public final String finishReason() {
        int usual = usualReason();
        if (usual >= 0) {
            return REASONS[usual];
        }
        byte[] reason = new byte[Math.min(finishEnd - finishStart, REASON_BYTES_MAX)];
        copy(finishStart, reason, reason.length);
        return new String(reason, StandardCharsets.ISO_8859_1);
    }

    private int usualReason() {
        for (int i = 0; i < REASONS.length; i++) {
            if (is(finishStart, finishEnd, REASON_BYTES[i])) {
                return i;
            }
        }
        return -1;
    }

    /** Whether {@code choices} is there and empty, as in OpenAI's usage chunk. */
    public final boolean choicesEmpty() {
        return choicesEmpty;
    }

    /** Whether it delivers text, reasoning, tool arguments, images or sound. */
    public final boolean delivers() {
        return delivers;
    }

    /** Whether it is not whole JSON; nothing else it says can then be relied on. */
    public final boolean broken() {
        return broken;
    }
}
