package io.penstock.server.relay;

import io.netty.buffer.ByteBuf;
import io.penstock.protocol.AnthropicUsage;
import io.penstock.protocol.Extra;
import io.penstock.protocol.ExtraUsage;
import io.penstock.protocol.OpenAiUsage;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ResponsesUsage;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.UsageCounter;
import io.penstock.server.http.Bytes;

/**
 * One look over a provider's JSON (an event's data, or a whole answer) for the few facts the relay needs, in place: where
 * {@code usage} and {@code error} stand, whether it finishes, and how much text it delivers.
 *
 * <p>Not a validator: what is malformed is reported as {@link #broken()} and otherwise passes as it is. Strings are stepped
 * over eight bytes at a time. Event loop only; reused; allocates nothing.
 */
public final class JsonProbe {
    private static final int USAGE_BYTES_KEPT = 2 * 1024;
    private static final int REASON_BYTES_MAX = 1024; // whole, so that a credential in it is known as one
    private static final int USAGE_DEPTH_MAX = 3; // of a member of choices[0], where Moonshot puts it
    private static final long LOW = 0x0101010101010101L;
    private static final long HIGH = 0x8080808080808080L;

    private static final long USAGE = code("usage");
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
    private static final byte[] WEB_SEARCH_CALL = Bytes.ascii("web_search_call");
    private static final byte[] FILE_SEARCH_CALL = Bytes.ascii("file_search_call");
    private static final byte[] CODE_CALL = Bytes.ascii("code_interpreter_call");
    private static final byte[] IMAGE_CALL = Bytes.ascii("image_generation_call");
    private static final byte[] REMOTE_CALL = Bytes.ascii("mcp_call");
    private static final byte[] OPEN_PAGE = Bytes.ascii("open_page");
    private static final byte[] FIND_IN_PAGE = Bytes.ascii("find_in_page");

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
            java.util.Arrays.stream(REASONS).map(Bytes::ascii).toArray(byte[][]::new);

    private byte[] usageBytes = new byte[USAGE_BYTES_KEPT];
    private int usageStart;
    private int usageEnd;
    private int usageMember;
    private int errorStart;
    private int errorEnd;
    private int typeStart;
    private int typeEnd;
    private int finishStart;
    private int finishEnd;
    private boolean choicesEmpty;
    private boolean delivers;
    private boolean broken;
    private boolean choicesSeen;
    private boolean mentionsError;
    private int tierStart; // of service_tier
    private int tierEnd;
    private int webSearches; // by items of an answer of Responses, as are the next
    private int fileSearches;
    private int codeRuns;
    private int imagesMade;
    private int remoteTools;

    private int stringEnd;
    private boolean stringPlain;
    private int audioDepth; // of the audio object at hand, or -1

    private boolean responses; // the protocol's rules are those of Responses
    private int responseDepth; // of an event's response, or -1
    private int detailsDepth; // of incomplete_details, or -1
    private int outputDepth; // of the output of an answer that is no event, or -1

    /** Looks at the one JSON value in {@code [from, to)} and adds what it delivers to {@code text}. */
    void look(ByteBuf in, int from, int to, Protocol protocol, ScriptCounter text) {
        responses = protocol == Protocol.RESPONSES;
        responseDepth = -1;
        detailsDepth = -1;
        outputDepth = -1;
        usageStart = -1;
        usageMember = -1;
        errorStart = -1;
        typeStart = -1;
        finishStart = -1;
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
        int depth = 0;
        int usageDepth = -1;
        int usageLevel = USAGE_DEPTH_MAX + 1; // where the usage lies: what is nearer to the top wins
        int choicesDepth = -1;
        int errorDepth = -1;
        long key = 0;
        for (int i = from; i < to; ) {
            byte b = in.getByte(i);
            switch (b) {
                case '"' -> {
                    int start = i + 1;
                    if (!string(in, start, to)) {
                        broken = true;
                        return;
                    }
                    int end = stringEnd;
                    i = end + 1;
                    if (i < to && in.getByte(i) <= ' ') {
                        i = skipBlank(in, i, to);
                    }
                    if (i < to && in.getByte(i) == ':') {
                        i++;
                        key = keyCode(in, start, end, to);
                        if (key == USAGE && depth == 1) {
                            usageMember = start - 1;
                        }
                    } else {
                        value(in, depth, key, start, end, text);
                    }
                }
                case '{', '[' -> {
                    if (key == USAGE
                            && b == '{'
                            && usageDepth < 0
                            && depth < usageLevel
                            && (depth < USAGE_DEPTH_MAX || choicesDepth == 1)) {
                        usageStart = i;
                        usageDepth = depth;
                        usageLevel = depth;
                    } else if (key == ERROR && b == '{' && errorStart < 0 && depth == 1) {
                        errorStart = i;
                        errorDepth = depth;
                    } else if (key == CHOICES && b == '[' && depth == 1) {
                        choicesDepth = depth;
                        choicesSeen = true;
                        int next = skipBlank(in, i + 1, to);
                        choicesEmpty = next < to && in.getByte(next) == ']';
                    } else if (key == AUDIO && b == '{' && audioDepth < 0) {
                        audioDepth = depth;
                    } else if (key == IMAGES && b == '[') {
                        int next = skipBlank(in, i + 1, to);
                        delivers |= next < to && in.getByte(next) != ']';
                    } else if (responses) {
                        openInResponse(b, key, depth);
                        if (key == ERROR && b == '{' && errorStart < 0 && depth == 2 && responseDepth == 1) {
                            errorStart = i;
                            errorDepth = depth;
                        }
                    }
                    if (b == '{') {
                        mentionsError |= key == ERROR;
                        key = 0;
                    }
                    depth++;
                    i++;
                }
                case '}', ']' -> {
                    depth--;
                    i++;
                    key = 0;
                    if (depth == usageDepth) {
                        usageEnd = i;
                        usageDepth = -1;
                    } else if (depth == errorDepth) {
                        errorEnd = i;
                        errorDepth = -1;
                    } else if (depth == audioDepth) {
                        audioDepth = -1;
                    } else if (depth == choicesDepth) {
                        choicesDepth = -1;
                    } else if (responses) {
                        closeInResponse(depth);
                    }
                }
                default -> i++;
            }
        }
        broken = depth != 0;
    }

    private void value(ByteBuf in, int depth, long key, int start, int end, ScriptCounter text) {
        if (key == 0) {
            return;
        }
        mentionsError |= key == ERROR;
        if (key == TYPE && depth == 1) {
            typeStart = start;
            typeEnd = end;
        } else if (key == SERVICE_TIER && (depth == 1 || depth == 2 && responseDepth == 1)) {
            tierStart = start;
            tierEnd = end;
        } else if (responses) {
            valueInResponse(in, depth, key, start, end, text);
        } else if (key == FINISH_REASON || key == STOP_REASON) {
            finishStart = start;
            finishEnd = end;
        } else if (key == ERROR && depth == 1 && errorStart < 0) { // some servers say {"error":"text"}
            errorStart = start - 1;
            errorEnd = end + 1;
        } else if (end > start
                && (key == CONTENT
                        || key == TEXT
                        || key == REASONING_CONTENT
                        || key == ARGUMENTS
                        || key == PARTIAL_JSON
                        || key == THINKING
                        || key == REASONING
                        || key == REFUSAL
                        || key == TRANSCRIPT)) {
            deliver(in, start, end, text);
        } else if (end > start && (key == AUDIO || key == DATA && audioDepth >= 0)) {
            delivers = true; // sound: base64 says nothing of how many tokens it took
        }
    }

    private void deliver(ByteBuf in, int start, int end, ScriptCounter text) {
        delivers = true;
        if (stringPlain) {
            text.addAscii(end - start);
        } else {
            ScriptText.add(text, in, start, end);
        }
    }

    // ---- Responses: an event tells each text again when it is done, and all of them at the end; only its delta counts

    private void openInResponse(byte bracket, long key, int depth) {
        if (key == RESPONSE && bracket == '{' && depth == 1) {
            responseDepth = depth;
        } else if (key == INCOMPLETE_DETAILS && bracket == '{' && ofResponse(depth)) {
            detailsDepth = depth;
        } else if (key == OUTPUT && bracket == '[' && depth == 1) {
            outputDepth = depth;
        }
    }

    private void closeInResponse(int depth) {
        if (depth == detailsDepth) {
            detailsDepth = -1;
        } else if (depth == responseDepth) {
            responseDepth = -1;
        } else if (depth == outputDepth) {
            outputDepth = -1;
        }
    }

    /** Whether a member at that depth is one of the answer as a whole: at the top of a plain one, in an event's response. */
    private boolean ofResponse(int depth) {
        return depth == (responseDepth < 0 ? 1 : 2);
    }

    /** Items that the provider made with tools of its own; a search that only opened a page is none. */
    private void itemType(ByteBuf in, int level, int start, int end) {
        if (level == 0) {
            webSearches += Bytes.equals(in, start, end, WEB_SEARCH_CALL) ? 1 : 0;
            fileSearches += Bytes.equals(in, start, end, FILE_SEARCH_CALL) ? 1 : 0;
            codeRuns += Bytes.equals(in, start, end, CODE_CALL) ? 1 : 0;
            imagesMade += Bytes.equals(in, start, end, IMAGE_CALL) ? 1 : 0;
            remoteTools += Bytes.equals(in, start, end, REMOTE_CALL) ? 1 : 0;
        } else if (level == 1
                && webSearches > 0
                && (Bytes.equals(in, start, end, OPEN_PAGE) || Bytes.equals(in, start, end, FIND_IN_PAGE))) {
            webSearches--;
        }
    }

    private void valueInResponse(ByteBuf in, int depth, long key, int start, int end, ScriptCounter text) {
        if (key == TYPE) {
            itemType(in, depth - (responseDepth < 0 ? 3 : 4), start, end);
        }
        if (key == STATUS && finishStart < 0 && ofResponse(depth)
                || key == REASON && detailsDepth >= 0 && depth == detailsDepth + 1) { // says more than the status does
            finishStart = start;
            finishEnd = end;
        } else if (key == ERROR && depth == 1 && errorStart < 0) {
            errorStart = start - 1;
            errorEnd = end + 1;
        } else if (end > start
                && (key == DELTA && depth == 1
                        || outputDepth >= 0 && (key == TEXT || key == ARGUMENTS || key == REFUSAL || key == INPUT))) {
            deliver(in, start, end, text);
        }
    }

    /** Finds the closing quote of the string whose first byte is {@code from}; false if there is none. */
    private boolean string(ByteBuf in, int from, int to) {
        int i = from;
        long seen = 0;
        boolean escapes = false;
        while (true) {
            if (i + Long.BYTES <= to) {
                long word = in.getLongLE(i);
                long quote = word ^ LOW * '"';
                long slash = word ^ LOW * '\\';
                long match = ((quote - LOW & ~quote) | (slash - LOW & ~slash)) & HIGH;
                if (match == 0) {
                    seen |= word;
                    i += Long.BYTES;
                    continue;
                }
                int skip = Long.numberOfTrailingZeros(match) >>> 3;
                seen |= skip == 0 ? 0 : word & (1L << (skip << 3)) - 1;
                i += skip;
            }
            if (i >= to) {
                return false;
            }
            byte b = in.getByte(i);
            if (b == '"') {
                stringEnd = i;
                stringPlain = !escapes && (seen & HIGH) == 0;
                return true;
            }
            if (b == '\\') {
                escapes = true;
                i++;
            }
            seen |= b;
            i++;
        }
    }

    private static int skipBlank(ByteBuf in, int from, int to) {
        int i = from;
        while (i < to) {
            byte b = in.getByte(i);
            if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
                return i;
            }
            i++;
        }
        return i;
    }

    /** The first eight bytes of a member's name mixed with its length: no two of the names above share one. */
    private static long keyCode(ByteBuf in, int start, int end, int to) {
        int length = end - start;
        long head;
        if (start + Long.BYTES <= to) {
            head = in.getLongLE(start);
        } else {
            head = 0;
            for (int i = Math.min(to, start + Long.BYTES) - 1; i >= start; i--) {
                head = head << 8 | in.getByte(i) & 0xFF;
            }
        }
        if (length < Long.BYTES) {
            head &= (1L << (length << 3)) - 1;
        }
        return head * 31 + length;
    }

    private static long code(String name) {
        long head = 0;
        for (int i = Math.min(name.length(), Long.BYTES) - 1; i >= 0; i--) {
            head = head << 8 | name.charAt(i);
        }
        return head * 31 + name.length();
    }

    /** Whether there is a {@code usage} object, at the top or one level below: in {@code message}, or {@code x_groq}. */
    boolean hasUsage() {
        return usageStart >= 0;
    }

    /** Where the name of a top-level {@code usage} begins, quotes included, whatever its value; -1 if there is none. */
    int usageMember() {
        return usageMember;
    }

    /** Takes the usage that the look found in {@code in}. */
    void readUsage(ByteBuf in, Protocol protocol, UsageCounter counter) {
        int length = usageEnd - usageStart;
        if (usageBytes.length < length) {
            usageBytes = new byte[length];
        }
        byte[] json = usageBytes;
        in.getBytes(usageStart, json, 0, length);
        switch (protocol) {
            case OPENAI -> OpenAiUsage.readUsage(json, 0, length, counter);
            case ANTHROPIC -> AnthropicUsage.readUsage(json, 0, length, counter);
            case RESPONSES -> ResponsesUsage.readUsage(json, 0, length, counter);
        }
        ExtraUsage extras = counter.extras();
        extras.read(json, 0, length);
        int tier = tierEnd - tierStart;
        if (tierStart >= 0 && tier <= json.length) {
            in.getBytes(tierStart, json, 0, tier);
            extras.tier(json, 0, tier);
        }
        extras.tell(Extra.WEB_SEARCH, webSearches);
        extras.tell(Extra.FILE_SEARCH, fileSearches);
        extras.tell(Extra.CODE_EXECUTION, codeRuns);
        extras.tell(Extra.IMAGE_GENERATION, imagesMade);
        extras.tell(Extra.REMOTE_TOOL, remoteTools);
        if (length > USAGE_BYTES_KEPT) {
            usageBytes = new byte[USAGE_BYTES_KEPT];
        }
    }

    /** Whether there is a top-level {@code error} that is an object or a string. */
    boolean hasError() {
        return errorStart >= 0;
    }

    /** Whether an {@code error} that is an object or a string stands anywhere in it. */
    boolean mentionsError() {
        return mentionsError;
    }

    /** Whether it is not what an answer of that protocol, or an event of one, looks like: a provider may tell anything in it. */
    boolean odd(ByteBuf in, Protocol protocol) {
        return broken
                || mentionsError
                || finishStart >= 0 && usualReason(in) < 0
                || (protocol == Protocol.OPENAI ? !choicesSeen : typeStart < 0 && !responses)
                || responses && typeStart < 0 && finishStart < 0;
    }

    int errorStart() {
        return errorStart;
    }

    int errorEnd() {
        return errorEnd;
    }

    /** Whether the top-level {@code type} is this. */
    boolean typeIs(ByteBuf in, byte[] type) {
        return typeStart >= 0 && Bytes.equals(in, typeStart, typeEnd, type);
    }

    /** Whether a finish or stop reason is told (not null). */
    boolean finishes() {
        return finishStart >= 0;
    }

    /** The finish or stop reason, after {@link #finishes}, cut where no reason is so long. The usual ones are made once. */
    String finishReason(ByteBuf in) {
        int usual = usualReason(in);
        return usual >= 0
                ? REASONS[usual]
                : Bytes.text(in, finishStart, Math.min(finishEnd, finishStart + REASON_BYTES_MAX));
    }

    private int usualReason(ByteBuf in) {
        for (int i = 0; i < REASONS.length; i++) {
            if (Bytes.equals(in, finishStart, finishEnd, REASON_BYTES[i])) {
                return i;
            }
        }
        return -1;
    }

    /** Whether {@code choices} is there and empty, as in OpenAI's usage chunk. */
    boolean choicesEmpty() {
        return choicesEmpty;
    }

    /** Whether it delivers text, reasoning, tool arguments, images or sound. */
    boolean delivers() {
        return delivers;
    }

    /** Whether it is not whole JSON; nothing else it says can then be relied on. */
    boolean broken() {
        return broken;
    }
}
