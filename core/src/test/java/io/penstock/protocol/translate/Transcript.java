package io.penstock.protocol.translate;

import io.penstock.protocol.Protocol;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a provider said, told apart from how. Its {@link #lines} are the meaning that every way of telling it must have.
 *
 * @param reason to end, in the provider's own word
 * @param counts input, cached, output, reasoning
 */
record Transcript(Protocol by, List<Piece> pieces, String reason, int[] counts) {
    /** Of {@code kind} text, thinking or call; {@code opaque} is the signature, redacted data or encrypted content. */
    record Piece(char kind, String text, @Nullable String opaque, String id, String name) {
        static final char TEXT = 't';
        static final char THINKING = 'h';
        static final char CALL = 'c';
    }

    static Transcript random(Chance chance, Protocol by) {
        List<Piece> pieces = new ArrayList<>();
        if (by == Protocol.OPENAI) {
            if (chance.one(2)) {
                pieces.add(thinking(chance.text(), null));
            }
            if (chance.one(2)) {
                pieces.add(text(chance));
            }
            for (int i = chance.below(9); i > 0 && pieces.size() < 12; i--) {
                if (chance.one(4)) {
                    pieces.add(thinking("", chance.letters("thought+/=")));
                }
                pieces.add(call(chance));
            }
        } else {
            for (int i = chance.below(10); i > 0; i--) {
                switch (chance.below(5)) {
                    case 0 -> pieces.add(thinking(chance.text(), chance.one(4) ? null : chance.letters("sig:+/=\\")));
                    case 1 -> pieces.add(thinking("", chance.letters("data=")));
                    case 2 -> pieces.add(text(chance));
                    default -> pieces.add(call(chance));
                }
            }
        }
        boolean calls = pieces.stream().anyMatch(piece -> piece.kind() == Piece.CALL);
        boolean older = by == Protocol.OPENAI && chance.one(2) && tellableInTheOlderForm(pieces);
        int end = calls ? 2 : chance.below(2);
        String reason = switch (by) {
            case OPENAI ->
                older ? OLDER : List.of("stop", "length", "tool_calls").get(end);
            case ANTHROPIC -> List.of("end_turn", "max_tokens", "tool_use").get(end);
            case RESPONSES -> end == 1 ? "incomplete" : "completed";
        };
        int cached = chance.below(50);
        int reasoning = chance.below(20);
        return new Transcript(by, pieces, reason, new int[] {
            50 + chance.below(100), cached, reasoning + 1 + chance.below(20), reasoning
        });
    }

    /** The reason of an answer with one call in the older form, which knows no ids. */
    static final String OLDER = "function_call";

    private static boolean tellableInTheOlderForm(List<Piece> pieces) {
        boolean one =
                pieces.stream().filter(piece -> piece.kind() == Piece.CALL).count() == 1;
        if (!one || pieces.stream().anyMatch(piece -> piece.opaque() != null)) {
            return false;
        }
        pieces.replaceAll(piece -> piece.kind() == Piece.CALL
                ? new Piece(Piece.CALL, piece.text(), null, "call_0a1b_0", piece.name())
                : piece);
        return true;
    }

    private static Piece thinking(String text, @Nullable String opaque) {
        return new Piece(Piece.THINKING, text, opaque, "", "");
    }

    private static Piece text(Chance chance) {
        return new Piece(Piece.TEXT, chance.text(), null, "", "");
    }

    private static Piece call(Chance chance) {
        String arguments = chance.one(4) ? "" : chance.one(9) ? "{\"cut\": [" + chance.below(9) : chance.object(0);
        return new Piece(Piece.CALL, arguments, null, chance.letters("call_"), "tool_" + chance.below(5));
    }

    boolean calls() {
        return pieces.stream().anyMatch(piece -> piece.kind() == Piece.CALL);
    }

    /** The meaning, as a client of that protocol can be told it; {@code maker} made what is sealed. */
    List<String> lines(Protocol client, String maker, boolean details) {
        List<String> lines = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        StringBuilder thought = new StringBuilder();
        List<String> sealed = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            String seal = seal(piece, maker, i);
            switch (piece.kind()) {
                case Piece.TEXT -> {
                    text.append(piece.text());
                    String last = lines.isEmpty() ? "" : lines.get(lines.size() - 1);
                    if (last.startsWith("text ")) {
                        lines.set(lines.size() - 1, last + piece.text());
                    } else {
                        lines.add("text " + piece.text());
                    }
                }
                case Piece.THINKING -> {
                    thought.append(thought.isEmpty() || piece.text().isEmpty() ? "" : "\n\n")
                            .append(piece.text());
                    sealed.add("detail " + piece.text() + " | " + (piece.opaque() == null ? "null" : seal));
                    lines.add("thinking " + piece.text() + " | " + seal);
                }
                default -> lines.add("call " + piece.id() + " " + piece.name() + " " + arguments(piece.text()));
            }
        }
        if (client == Protocol.OPENAI) {
            lines.removeIf(line -> !line.startsWith("call "));
            lines.add(0, "text " + text);
            lines.add(1, "thinking " + thought);
            if (details) {
                lines.addAll(2, sealed);
            }
        }
        return lines;
    }

    private String seal(Piece piece, String maker, int index) {
        String kind = by == Protocol.RESPONSES
                ? "encrypted:rs_" + index
                : by == Protocol.OPENAI ? "thought:" : piece.text().isEmpty() ? "redacted:" : "signature:";
        return piece.opaque() == null
                ? "penstock:" + maker + ":plain::"
                : "penstock:" + maker + ":" + kind + ":" + piece.opaque();
    }

    /** What its maker must be given back, in the order in which he said it. */
    List<String> owed() {
        List<String> owed = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            if (piece.kind() == Piece.THINKING && piece.opaque() != null) {
                owed.add(
                        switch (by) {
                            case OPENAI -> pieces.get(i + 1).id() + " " + piece.opaque();
                            case ANTHROPIC -> piece.text() + " | " + piece.opaque();
                            case RESPONSES -> "rs_" + i + " " + piece.text() + " | " + piece.opaque();
                        });
            }
        }
        return owed;
    }

    /** None are an empty object; what is no JSON is compared as it stands. */
    static String arguments(String json) {
        if (json.isEmpty()) {
            return "{}";
        }
        try {
            return Json.parse(json).toString();
        } catch (RuntimeException notJson) {
            return "as written: " + json;
        }
    }
}
