package io.penstock.server.config;

import java.util.ArrayList;
import java.util.List;

/** Gathers what is wrong and what is odd, each with its place: a line of the file, a variable or a flag. */
final class Problems {
    private static final int MAX = 100; // nobody reads more at once

    /** The name of the file as a person would give it. */
    private final String file;

    private final List<Problem> problems = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();
    private int count;

    /** {@code line} orders the list; places outside the file come last. */
    private record Problem(int line, String text) {}

    Problems(String file) {
        this.file = file;
    }

    /** So that a caller can tell whether a part of the file was right. */
    int count() {
        return count;
    }

    String place(int line) {
        return file + ":" + line;
    }

    void inFile(String text) {
        add(0, file + ": " + text);
    }

    void at(int line, String path, String text) {
        add(line, place(line) + ": " + (path.isEmpty() ? "" : path + ": ") + text);
    }

    /** {@code place} is a variable, a flag, or a line of the file with its field. */
    void elsewhere(String place, String text) {
        add(Integer.MAX_VALUE, place + ": " + text);
    }

    void warn(int line, String path, String text) {
        warnings.add(place(line) + ": " + path + ": " + text);
    }

    void warn(String place, String text) {
        warnings.add(place + ": " + text);
    }

    List<String> warnings() {
        return warnings;
    }

    void throwIfAny() {
        if (count == 0) {
            return;
        }
        problems.sort((a, b) -> Integer.compare(a.line, b.line)); // stable
        List<String> texts = new ArrayList<>();
        for (Problem problem : problems) {
            texts.add(problem.text);
        }
        if (count > MAX) {
            texts.add("… and " + (count - MAX) + " more");
        }
        throw new ConfigException(texts);
    }

    private void add(int line, String text) {
        if (count++ < MAX) {
            problems.add(new Problem(line, text));
        }
    }
}
