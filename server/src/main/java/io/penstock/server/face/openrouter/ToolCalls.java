package io.penstock.server.face.openrouter;

import io.penstock.protocol.translate.AnswerFacts;
import io.penstock.protocol.translate.CallOrder;
import io.penstock.server.face.Face.Facts;
import io.penstock.server.face.openrouter.JsonCopy.Span;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The tool calls of one choice of chat completions, as {@link ChatDialect} shows them: each piece bears the index of its call, a
 * call without an id gets one, and one in the older form is a call like others. Not thread-safe.
 */
final class ToolCalls {
    private final Facts facts;
    private final CallOrder order = new CallOrder();
    private final BitSet begun = new BitSet(); // those whose name was told

    ToolCalls(Facts facts) {
        this.facts = facts;
    }

    /** The call of the older form, as the tool call that it is; false if others were made in the newer one. */
    boolean older(JsonCopy json, boolean delta, @Nullable Span name, @Nullable Span arguments) {
        int number = order.older();
        if (number < 0) {
            return false;
        }
        json.member("tool_calls");
        json.begin('[');
        json.begin('{');
        if (delta) {
            json.member("index").raw("" + number);
        }
        if (name != null && !begun.get(number)) {
            begun.set(number);
            json.member("id").raw(callId(number)).member("type").raw("\"function\"");
        }
        json.member("function");
        json.begin('{');
        if (name != null) {
            json.member("name").raw(name);
        }
        if (arguments != null) {
            json.member("arguments").raw(arguments);
        }
        json.end('}');
        json.end('}');
        json.end(']');
        return true;
    }

    private String callId(int number) {
        return '"' + AnswerFacts.id("call_", facts.requestId()) + '_' + number + '"';
    }

    /** Writes a list of calls, or of pieces of calls; false if it is empty. */
    boolean write(JsonCopy json, boolean delta) {
        boolean any = false;
        json.member("tool_calls");
        json.begin('[');
        while (json.nextElement()) {
            any = true;
            if (json.isObject()) {
                call(json, delta);
            } else {
                json.copyElement();
            }
        }
        json.end(']');
        return any;
    }

    /** A call or a piece of one: as it is, but for nulls where a piece repeats nothing, and for what tells calls apart. */
    private void call(JsonCopy json, boolean delta) {
        int index = -1;
        int indexFrom = -1;
        int indexTo = -1;
        String id = "";
        boolean identified = false;
        boolean named = false;
        boolean typed = false;
        json.begin('{');
        while (json.next()) {
            switch (json.name()) {
                case "index" -> {
                    if (json.isNull()) {
                        json.skip();
                        break;
                    }
                    index = json.index();
                    json.member("index");
                    indexFrom = json.written();
                    json.raw(json.span());
                    indexTo = json.written();
                }
                case "id" -> {
                    id = json.isString() ? json.text() : "";
                    if (json.isBlank()) {
                        json.skip();
                    } else {
                        identified = true;
                        json.copy();
                    }
                }
                case "type" -> {
                    typed |= !json.isBlank();
                    if (json.isBlank()) {
                        json.skip();
                    } else {
                        json.copy();
                    }
                }
                case "function" -> {
                    if (json.isObject()) {
                        json.member("function");
                        named = function(json);
                    } else {
                        ChatForm.copyUnlessNull(json);
                    }
                }
                default -> json.copy();
            }
        }
        int number = order.number(index, id, named);
        if (number >= 0 && named && !begun.get(number)) {
            begun.set(number);
            if (!identified && order.id(number).isEmpty()) {
                json.member("id").raw(callId(number));
            }
            if (!typed) {
                json.member("type").raw("\"function\"");
            }
        }
        if (number >= 0 && delta && indexFrom < 0) {
            json.member("index").raw("" + number);
        } else if (number >= 0 && delta && index != number) {
            json.rewrite(indexFrom, indexTo, "" + number);
        }
        json.end('}');
    }

    /** A call's function; true if it has a name. */
    private static boolean function(JsonCopy json) {
        boolean named = false;
        json.begin('{');
        while (json.next()) {
            switch (json.name()) {
                case "name" -> {
                    named |= json.isString() && !json.isBlank();
                    ChatForm.copyUnlessNull(json);
                }
                case "arguments" -> ChatForm.copyUnlessNull(json);
                default -> json.copy();
            }
        }
        json.end('}');
        return named;
    }
}
