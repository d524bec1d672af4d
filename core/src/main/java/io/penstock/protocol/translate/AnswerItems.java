package io.penstock.protocol.translate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Collects a whole answer. Not thread-safe. */
final class AnswerItems implements AnswerSink {
    private final ToolNames names;
    private final List<Item> items = new ArrayList<>();
    private final Map<Integer, Item> calls = new HashMap<>();
    private @Nullable Item current; // text or thinking that goes on
    private Finish finish = Finish.STOP;

    AnswerItems(ToolNames names) {
        this.names = names;
    }

    List<Item> items() {
        return items;
    }

    /** Why it ended; that it made calls counts more than what else the provider says. */
    Finish finish() {
        return finish == Finish.STOP && !calls.isEmpty() ? Finish.CALLS : finish;
    }

    @Override
    public void begin() {}

    @Override
    public void text(byte[] bytes, int from, int to) {
        going(Item.Kind.TEXT).content().raw(bytes, from, to);
    }

    @Override
    public void thinking(byte[] bytes, int from, int to) {
        going(Item.Kind.THINKING).content().raw(bytes, from, to);
    }

    private Item going(Item.Kind kind) {
        Item item = current;
        if (item == null || item.kind() != kind) {
            item = new Item(kind);
            items.add(item);
            current = item;
        }
        return item;
    }

    @Override
    public void opaque(Opaque opaque) {
        Item item = current;
        if (item == null || item.kind() != Item.Kind.THINKING) {
            item = new Item(Item.Kind.THINKING);
            items.add(item);
        }
        item.opaque = Opaques.kept(opaque);
        current = null;
    }

    @Override
    public void thinkingEnds() {
        Item item = current;
        if (item != null && item.kind() == Item.Kind.THINKING) {
            current = null;
        }
    }

    @Override
    public void call(int key, Slice id, String name) {
        current = null;
        Item item = new Item(Item.Kind.CALL);
        item.id = Opaques.kept(id);
        item.tool = names.known(name);
        items.add(item);
        calls.put(key, item);
    }

    @Override
    public void arguments(int key, byte[] bytes, int from, int to) {
        Item item = calls.get(key);
        if (item != null) {
            item.content().raw(bytes, from, to);
        }
    }

    @Override
    public void callEnds(int key) {}

    @Override
    public void finish(Finish why) {
        finish = why;
    }

    /** Takes an answer and does nothing with it. */
    static final class Nothing implements AnswerText {
        @Override
        public void begin() {}

        @Override
        public void text(byte[] bytes, int from, int to) {}

        @Override
        public void finish(Finish why) {}
    }
}
