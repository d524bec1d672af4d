package io.penstock.protocol.translate;

import io.penstock.error.GatewayError.TooManyValues;
import io.penstock.error.GatewayException;
import io.penstock.protocol.AnswerProbe;
import io.penstock.protocol.Protocol;
import io.penstock.protocol.ScriptCounter;
import io.penstock.protocol.Usage;
import io.penstock.protocol.Utf8;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One exchange between a client and a provider that speak different protocols: its request, then its answer, as a stream of
 * events or whole. Belongs to one exchange; not thread-safe.
 *
 * <p>Memory: a request is indexed in place (13 bytes a value) and forgotten once it is written; of a stream nothing is kept but what must wait (arguments of
 * calls that overlap, and for a Responses client the answer itself, which its protocol repeats): {@link #heldBytes}.
 */
public final class Translation {
    private final Form asked;
    private final Form answered;
    private final Protocol provider;
    private final WireProfile recipient;
    private final JsonTape tape = new JsonTape();
    private final TapeProbe probe = new TapeProbe(tape);
    private boolean read; // an event is indexed
    private boolean repaired; // what is indexed
    private Prompt prompt = new Prompt();
    private AnswerFacts facts = new AnswerFacts("", 0, "", false, false, 0, () -> 0);
    private ResponseEcho echo = ResponseEcho.DEFAULTS;
    private AnswerReader reader;
    private AnswerWriter writer;
    private AnswerSink sink;
    private @Nullable RememberedThinking remembered;

    /**
     * Between a client's forms and a provider's protocol.
     *
     * @param asked the form of the client's request
     * @param answered the form of the answer that it expects
     * @param provider what the provider speaks
     * @param recipient the provider and model that the request goes to
     */
    public Translation(Form asked, Form answered, Protocol provider, WireProfile recipient) {
        this.asked = asked;
        this.answered = answered;
        this.provider = provider;
        this.recipient = recipient;
        this.reader = reader("");
        this.writer = writer();
        this.sink = new AnswerForm(writer, prompt.names());
    }

    /**
     * Writes the request for the provider. Returns what was left out. The body is one JSON object; it may be forgotten
     * afterwards. {@code recall} is asked for the thinking of a chat client's earlier turns. Throws {@link
     * GatewayException} for what has no meaning in the client's protocol.
     */
    public Losses request(byte[] body, int from, int to, ThinkingRecall recall, JsonOut out) {
        try {
            return written(body, from, to, recall, out);
        } finally {
            tape.clear();
        }
    }

    private Losses written(byte[] body, int from, int to, ThinkingRecall recall, JsonOut out) {
        boolean whole = tape.parse(body, from, to);
        if (!whole && tape.full()) {
            throw new GatewayException(new TooManyValues(JsonTape.NODES_MAX));
        }
        if (!whole || !tape.isObject(JsonTape.ROOT)) {
            throw new IllegalArgumentException("not one JSON object (expected: a body that was scanned)");
        }
        prompt = switch (asked) {
            case CHAT -> new ChatReader(tape, recall).read();
            case MESSAGES -> new MessagesReader(tape).read();
            case RESPONSES -> new ResponsesReader(tape).read();
            case COMPLETIONS -> new CompletionsReader(tape).read();
        };
        switch (provider) {
            case OPENAI -> new ChatWriter(prompt, recipient, out).write();
            case ANTHROPIC -> new MessagesWriter(prompt, recipient, out).write();
            case RESPONSES -> new ResponsesWriter(prompt, recipient, out).write();
        }
        ToolNames names = prompt.names();
        Losses losses = prompt.losses();
        if (asked == Form.RESPONSES && answered == Form.RESPONSES) {
            echo = ResponseEcho.of(tape, !losses.kinds().contains(Loss.SERVICE_TIER));
        }
        prompt = new Prompt(names); // all that the answer needs of it
        return losses;
    }

    /** What the answer tells beside the provider's words; before the first of them. */
    public void answer(AnswerFacts answerFacts) {
        facts = answerFacts;
        reader = reader(facts.idBase());
        writer = writer();
        sink = noting(writer);
    }

    /** Notes what a chat client cannot carry. */
    private AnswerSink noting(AnswerSink to) {
        AnswerSink form = new AnswerForm(to, prompt.names());
        if (answered != Form.CHAT) {
            return form;
        }
        RememberedThinking noting = new RememberedThinking(form);
        remembered = noting;
        return noting;
    }

    private AnswerReader reader(String idBase) {
        return switch (provider) {
            case OPENAI -> new ChatAnswer(recipient.provider(), idBase, recipient.is(Quirk.THINK_TAGS));
            case ANTHROPIC -> new MessagesAnswer(recipient.provider(), idBase);
            case RESPONSES -> new ResponsesAnswer(recipient.provider(), idBase);
        };
    }

    private AnswerWriter writer() {
        return switch (answered) {
            case CHAT -> new ChatEvents(facts, prompt.names());
            case MESSAGES -> new MessagesEvents(facts, prompt.names(), recipient.provider());
            case RESPONSES -> new ResponsesEvents(facts, echo, prompt.names(), recipient.provider());
            case COMPLETIONS -> new CompletionsEvents(facts);
        };
    }

    /**
     * Reads one event's data, or a whole answer, of which no copy is made: it must stay as it is until {@link #event(JsonOut)} or
     * {@link #whole(Usage, JsonOut)}. False if it is not JSON.
     */
    public boolean read(byte[] data, int from, int to) {
        read = parse(data, from, to);
        return read;
    }

    /**
     * What the event read last says, and adds what it delivers to {@code text}. Null if that cannot be told from here: it is
     * not JSON, or was not until it was repaired.
     */
    public @Nullable AnswerProbe probe(ScriptCounter text) {
        return read && !repaired ? probe.look(provider, text) : null;
    }

    /** Writes what the client shall read of the event read last. False, having written nothing, if that is not JSON. */
    public boolean event(JsonOut out) {
        try {
            if (read) {
                writer.to(out);
                reader.event(tape, sink);
            }
            return read;
        } finally {
            read = false;
            tape.clear();
        }
    }

    /** Both at once. */
    public boolean event(byte[] data, int from, int to, JsonOut out) {
        read(data, from, to);
        return event(out);
    }

    /** Indexes what a provider sent; what is not UTF-8 in it is U+FFFD from here on, for text goes on as the bytes it came in. */
    private boolean parse(byte[] json, int from, int to) {
        repaired = !Utf8.valid(json, from, to);
        if (!repaired) {
            return tape.parse(json, from, to);
        }
        byte[] valid = Utf8.repaired(json, from, to);
        return tape.parse(valid, 0, valid.length);
    }

    /** Writes the end of a complete stream. */
    public void end(Usage usage, JsonOut out) {
        writer.to(out);
        sink.begin(); // unless it has: an answer may be empty
        reader.end(sink);
        writer.end(usage);
    }

    /** What a response repeats of the request. */
    public ResponseEcho echo() {
        return echo;
    }

    /** How many events the client's protocol has numbered so far; 0 where it does not number them. */
    public long events() {
        return writer.events();
    }

    /** Bytes that are kept from event to event. */
    public int heldBytes() {
        return writer.heldBytes() + (remembered == null ? 0 : remembered.heldBytes());
    }

    /** For a chat client: by call id, what was thought before it, for {@link ThinkingRecall}. Empty for others. */
    public Map<String, byte[]> thinkingByCall() {
        return remembered == null ? Map.of() : remembered.byCall();
    }

    /** Reads a whole answer, and writes it. False, having written nothing, if what the provider sent is not JSON. */
    public boolean whole(byte[] answer, int from, int to, Usage usage, JsonOut out) {
        read(answer, from, to);
        return whole(usage, out);
    }

    /** Writes the whole answer read last. False, having written nothing, if that is not JSON. */
    public boolean whole(Usage usage, JsonOut out) {
        try {
            if (read) {
                write(usage, out);
            }
            return read;
        } finally {
            read = false;
            tape.clear();
        }
    }

    private void write(Usage usage, JsonOut out) {
        AnswerItems items = new AnswerItems(prompt.names());
        reader.whole(tape, noting(items));
        switch (answered) {
            case CHAT -> WholeAnswer.chat(items, facts, usage, out);
            case MESSAGES -> WholeAnswer.messages(items, facts, recipient.provider(), usage, out);
            case RESPONSES -> WholeAnswer.responses(items, facts, echo, recipient.provider(), usage, out);
            case COMPLETIONS -> CompletionsEvents.whole(items, facts, usage, out);
        }
    }
}
