package io.penstock.server.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One mapping of the file, read field by field. A field that is left out, {@code null} or empty gives the fallback; one
 * that does not fit is reported and gives the fallback too. {@link #end} reports the fields that nobody asked for.
 */
final class Fields {
    private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL"); // YAML 1.2, 10.3.2

    /** A list that lets everything pass. */
    static final String STAR = "[\"*\"]";

    private final Problems problems;
    private final Expansion expansion;
    private final String path;
    private final int line;
    private final Map<String, NodeTuple> entries = new LinkedHashMap<>();
    private final Set<String> asked = new LinkedHashSet<>();
    private final boolean broken; // no mapping at all: then nothing is missing in it

    /** How a text becomes a value; throws {@link Unfit} with the given field name. */
    interface Reading<T> {
        T read(String field, String text);
    }

    /** {@code given} null is a mapping without fields. */
    Fields(Problems problems, Expansion expansion, String path, int line, @Nullable Node given) {
        Node node = given == null || isNull(given) ? null : given;
        this.problems = problems;
        this.expansion = expansion;
        this.path = path;
        this.line = line;
        this.broken =
                node != null && !(node instanceof MappingNode && node.getTag().equals(Tag.MAP));
        if (node instanceof MappingNode mapping && !broken) {
            for (NodeTuple entry : mapping.getValue()) {
                add(entry);
            }
        } else if (node != null) {
            problems.at(
                    lineOf(node), path, kind(node) + " (expected: " + (path.isEmpty() ? "fields" : "a mapping") + ")");
        }
    }

    private void add(NodeTuple entry) {
        if (!(entry.getKeyNode() instanceof ScalarNode key)) {
            Node other = entry.getKeyNode();
            problems.at(lineOf(other), path, kind(other) + " as the name of a field (expected: a text)");
            return;
        }
        String name = key.getValue();
        NodeTuple first = entries.putIfAbsent(name, entry);
        if (first != null) {
            int firstLine = lineOf(first.getKeyNode());
            problems.at(lineOf(key), path(name), "given twice (first in line " + firstLine + ")");
        }
    }

    /** The line of the mapping's own name. */
    int line() {
        return line;
    }

    /** The line of a field's value, or of the mapping if the field is left out. */
    int line(String name) {
        NodeTuple entry = entries.get(name);
        return entry == null ? line : lineOf(entry.getValueNode());
    }

    String path() {
        return path;
    }

    String path(String name) {
        String shown = Text.shown(name);
        return path.isEmpty() ? shown : path + "." + shown;
    }

    /** The names that are there, where any name may be. */
    List<String> names() {
        return new ArrayList<>(entries.keySet());
    }

    /** Whether a name that the file gives fits; reported if it does not. */
    boolean fits(String name, Reading<?> reading) {
        try {
            reading.read("", name);
            return true;
        } catch (Unfit unfit) {
            problem(name, unfit.text());
            return false;
        }
    }

    /** Whether the field is there. Counts as asking for it. */
    boolean asks(String name) {
        return node(name) != null;
    }

    void problem(String name, String text) {
        problems.at(line(name), path(name), text);
    }

    /** Reports a field that must be there, unless there is something else to put right first. */
    void missing(String name, String expected) {
        if (!broken) {
            problem(name, "missing (expected: " + expected + ")");
        }
    }

    void problem(Unfit unfit) {
        problems.at(line, unfit.name().isEmpty() ? path : path(unfit.name()), unfit.text());
    }

    /** The mapping under this name, without fields if it is left out. */
    Fields fields(String name) {
        Node node = node(name);
        NodeTuple entry = entries.get(name);
        int at = entry == null ? line : lineOf(entry.getKeyNode());
        return new Fields(problems, expansion, path(name), at, node);
    }

    /** The mappings of a list. */
    List<Fields> list(String name) {
        return items(name, "a mapping", (item, node) -> {
            var fields = new Fields(problems, expansion, item, lineOf(node), node);
            return fields.broken ? null : fields;
        });
    }

    /** The texts of a list. */
    <T> List<T> values(String name, Reading<T> reading) {
        return items(name, "a text", (item, node) -> value(item, node, reading));
    }

    /** How an item of a list becomes a value; null if it does not fit, which is reported. */
    private interface ItemReading<T> {
        @Nullable
        T read(String item, Node node);
    }

    private <T> List<T> items(String name, String expected, ItemReading<T> reading) {
        List<T> items = new ArrayList<>();
        int index = 0;
        for (Node node : nodes(name)) {
            String item = path(name) + "[" + index++ + "]";
            if (isNull(node)) {
                problems.at(lineOf(node), item, "nothing (expected: " + expected + ")");
                continue;
            }
            T value = reading.read(item, node);
            if (value != null) {
                items.add(value);
            }
        }
        return items;
    }

    <T> @Nullable T value(String name, Reading<T> reading) {
        Node node = node(name);
        return node == null ? null : value(path(name), node, reading);
    }

    <T> T value(String name, Reading<T> reading, T fallback) {
        T value = value(name, reading);
        return value == null ? fallback : value;
    }

    boolean flag(String name, boolean fallback) {
        return value(name, Fields::parseFlag, fallback);
    }

    int number(String name, int min, int max, int fallback) {
        return value(name, (field, text) -> parseNumber(field, text, min, max), fallback);
    }

    long bytes(String name, long min, long max, long fallback) {
        return value(name, (field, text) -> Checks.bytes(field, Units.parseBytes(field, text), min, max), fallback);
    }

    Duration duration(String name, Duration min, Duration max, Duration fallback) {
        return value(
                name, (field, text) -> Checks.duration(field, Units.parseDuration(field, text), min, max), fallback);
    }

    /** A field of a later version: only the value that changes nothing may stand here. */
    void notYet(String name, String... neutral) {
        Node node = node(name);
        if (node == null || isNeutral(name, node, neutral)) {
            return;
        }
        String values = neutral.length == 0 ? "" : ", or " + String.join(" or ", neutral);
        problems.at(lineOf(node), path(name), "not yet supported (leave it out" + values + ")");
    }

    void end() {
        for (Map.Entry<String, NodeTuple> entry : entries.entrySet()) {
            if (!asked.contains(entry.getKey())) {
                problems.at(
                        lineOf(entry.getValue().getKeyNode()),
                        path(entry.getKey()),
                        "unknown field (" + Text.hint(entry.getKey(), asked) + ")");
            }
        }
    }

    private boolean isNeutral(String name, Node node, String... neutral) {
        if (node instanceof SequenceNode sequence) {
            List<Node> items = sequence.getValue();
            return items.isEmpty()
                    || (items.size() == 1
                            && isStar(items.get(0))
                            && List.of(neutral).contains(STAR));
        }
        if (node instanceof MappingNode mapping) {
            return mapping.getValue().isEmpty();
        }
        String text = value(path(name), node, (field, value) -> value);
        for (String one : neutral) {
            if (text != null && (text.equals(one) || (one.equals("0") && isZero(text)))) {
                return true;
            }
        }
        return text == null;
    }

    /** The node of a field, or null if it is left out. */
    private @Nullable Node node(String name) {
        asked.add(name);
        NodeTuple entry = entries.get(name);
        return entry == null || isNull(entry.getValueNode()) ? null : entry.getValueNode();
    }

    private List<Node> nodes(String name) {
        Node node = node(name);
        if (node == null) {
            return List.of();
        }
        if (node instanceof SequenceNode sequence && node.getTag().equals(Tag.SEQ)) {
            return sequence.getValue();
        }
        problems.at(lineOf(node), path(name), kind(node) + " (expected: a list)");
        return List.of();
    }

    private <T> @Nullable T value(String field, Node node, Reading<T> reading) {
        if (!(node instanceof ScalarNode scalar) || !node.getTag().equals(Tag.STR)) {
            problems.at(lineOf(node), field, kind(node) + " (expected: one value)");
            return null;
        }
        String written = scalar.getValue();
        String text;
        try {
            text = expansion.expand(field, written);
        } catch (Unfit unfit) {
            problems.at(lineOf(node), field, unfit.text());
            return null;
        }
        try {
            return text.isEmpty() ? null : reading.read(field, text);
        } catch (Unfit unfit) {
            problems.at(lineOf(node), field, (text.equals(written) ? unfit : unfit.asWritten(written)).text());
            return null;
        }
    }

    private static Boolean parseFlag(String field, String text) {
        if (text.equals("true") || text.equals("false")) {
            return text.equals("true");
        }
        throw Unfit.shown(field, text, "true or false");
    }

    private static Integer parseNumber(String field, String text, int min, int max) {
        boolean digits = text.length() <= 9;
        for (int i = 0; digits && i < text.length(); i++) {
            digits = text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        int number = digits ? Integer.parseInt(text) : -1;
        if (number < min || number > max) {
            throw Unfit.shown(field, text, "a whole number, " + min + " to " + max);
        }
        return number;
    }

    private static boolean isZero(String text) {
        boolean zero = false;
        for (int i = 0; i < text.length(); i++) {
            zero |= text.charAt(i) == '0';
            if (text.charAt(i) != '0' && text.charAt(i) != '.') {
                return false;
            }
        }
        return zero;
    }

    private static boolean isNull(Node node) {
        return node instanceof ScalarNode scalar && scalar.isPlain() && NULLS.contains(scalar.getValue());
    }

    private static boolean isStar(Node node) {
        return node instanceof ScalarNode scalar && scalar.getValue().equals("*");
    }

    private static int lineOf(Node node) {
        return Yaml.line(node.getStartMark());
    }

    /** Says what a node is, not what is in it. */
    private static String kind(Node node) {
        if (!node.getTag().equals(Tag.STR)
                && !node.getTag().equals(Tag.MAP)
                && !node.getTag().equals(Tag.SEQ)) {
            return "a value with a tag";
        }
        return node instanceof MappingNode ? "a mapping" : node instanceof SequenceNode ? "a list" : "a text";
    }
}
