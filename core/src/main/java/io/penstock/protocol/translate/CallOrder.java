package io.penstock.protocol.translate;

import java.util.ArrayList;
import java.util.List;

/**
 * Which call a piece of a chat answer belongs to: servers leave the index out, give one index to several calls, repeat ids or
 * tell none, and some still make the one call of the older form. Calls are numbered from 0 in the order in which they begin.
 * Belongs to one choice of one answer; not thread-safe.
 */
public final class CallOrder {
    private static final int CALLS_MAX = 1_024; // beyond, a provider is not making sense
    private static final int NONE = -1;

    private final List<Call> calls = new ArrayList<>();
    private int older = NONE; // number of the call in the older form

    /** A call as far as it was told. */
    private static final class Call {
        private final int index;
        private String id = "";
        private boolean named;

        private Call(int index) {
            this.index = index;
        }
    }

    /**
     * The number of the call that a piece belongs to; negative beyond the calls that are told apart.
     *
     * @param index as it stands in the piece; negative for none
     * @param id as it stands in the piece; empty for none
     * @param named whether the piece has a name
     */
    public int number(int index, String id, boolean named) {
        int number = find(index, id, named);
        if (number < 0) {
            if (calls.size() == CALLS_MAX) {
                return NONE;
            }
            number = calls.size();
            calls.add(new Call(index));
        }
        Call call = calls.get(number);
        if (call.id.isEmpty()) {
            call.id = id;
        }
        call.named |= named;
        return number;
    }

    /** The number of the call in the older form, {@code function_call}, of which an answer makes one; negative beside others. */
    public int older() {
        if (older < 0 && calls.isEmpty()) {
            older = number(NONE, "", true);
        }
        return older;
    }

    /** The call's id as it was told; empty if none was. */
    public String id(int number) {
        return calls.get(number).id;
    }

    /**
     * The last call of that index, unless the piece begins another by a name and an id of its own; without an index the one of
     * that id; and without either the last one, unless the piece has a name.
     */
    private int find(int index, String id, boolean named) {
        int last = calls.size() - 1;
        if (index < 0 && id.isEmpty()) {
            return last >= 0 && named && calls.get(last).named ? NONE : last;
        }
        for (int i = last; i >= 0; i--) {
            Call call = calls.get(i);
            if (index >= 0 ? call.index == index : call.id.equals(id)) {
                boolean another = named && call.named && !id.isEmpty() && !call.id.equals(id);
                return another ? NONE : i;
            }
        }
        return NONE;
    }
}
