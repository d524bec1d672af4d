package io.penstock.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Shows how the house is built, read from its sources: how long the files are, how many types are for their own package alone,
 * how much is tested, and which package knows which. Run it from the top of the tree.
 */
public final class Walls {
    private static final int LINES_MAX = 500;
    private static final int LONGEST = 5;
    private static final List<String> MODULES = List.of("core", "store", "server", "bench");

    /** Left is known by right. Whatever else there is starts the others, and is known by none of them. */
    private static final Order CORE = new Order(
            "io.penstock",
            List.of("money", "error", "protocol", "catalog", "pricing", "provider", "guardrail", "routing", "plan"));

    private static final Order SERVER = new Order(
            "io.penstock.server",
            List.of(
                    "http",
                    "wire",
                    "upstream",
                    "relay",
                    "face",
                    "attempt",
                    "observe",
                    "exchange",
                    "admin",
                    "console",
                    "bootstrap"));

    private static final Pattern COMMENT = Pattern.compile("(?s)/\\*.*?\\*/|//[^\n]*");
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([\\w.]+);");
    // the formatter puts every type of a file's own at the begin of a line
    private static final Pattern TYPE = Pattern.compile(
            "(?m)^((?:(?:public|abstract|final|sealed|non-sealed|strictfp) )*)(?:class|interface|@interface|record|enum) \\w+");

    private final PrintStream out;

    private Walls(PrintStream out) {
        this.out = out;
    }

    public static void main(String[] arguments) throws IOException {
        Path top = Path.of("").toAbsolutePath();
        if (!Files.isDirectory(top.resolve("core/src/main/java"))) {
            System.err.println("no core/src/main/java in " + top + " (expected: the top of Penstock's tree)");
            System.exit(1);
        }
        new Walls(System.out).print(top);
    }

    /** One source file. {@code code} is its text without comments. */
    private record Source(
            String type, String module, String in, int lines, int written, int types, int open, String code) {
        static Source of(Path file, String module) {
            String text;
            int lines;
            try {
                text = Files.readString(file, StandardCharsets.UTF_8);
                lines = (int) text.lines().count();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            String code = COMMENT.matcher(text).replaceAll("");
            Matcher in = PACKAGE.matcher(code);
            int types = 0;
            int open = 0;
            for (Matcher type = TYPE.matcher(code); type.find(); types++) {
                open += type.group(1).contains("public") ? 1 : 0;
            }
            String name = file.getFileName().toString().replace(".java", "");
            int written = (int) code.lines().filter(line -> !line.isBlank()).count();
            return new Source(name, module, in.find() ? in.group(1) : "", lines, written, types, open, code);
        }
    }

    /** The packages below {@code root}, left known by right. */
    private record Order(String root, List<String> packages) {
        /** The place of a package, or -1 if it is none of these. */
        int place(String in) {
            int place = -1;
            if (in.startsWith(root + '.')) {
                place = packages.indexOf(in.substring(root.length() + 1).replaceFirst("[.].*", ""));
            }
            boolean bootstrap = in.equals("io.penstock") || in.startsWith(root) || in.startsWith("io.penstock.cli");
            return place >= 0 ? place : bootstrap ? packages.indexOf("bootstrap") : -1;
        }
    }

    private static List<Source> sources(Path top, String module, String kind) throws IOException {
        Path directory = top.resolve(module).resolve("src").resolve(kind).resolve("java");
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("package-info.java") && !file.endsWith("module-info.java"))
                    .sorted()
                    .map(file -> Source.of(file, module))
                    .toList();
        }
    }

    private void print(Path top) throws IOException {
        List<Source> all = new ArrayList<>();
        List<Source> tests = new ArrayList<>();
        row(
                "module", "files", "lines", "median", "p90", "max", ">500", "types", "private", "share", "code",
                "tests", "ratio");
        for (String module : MODULES) {
            List<Source> code = sources(top, module, "main");
            List<Source> test = sources(top, module, "test");
            figures(module, code, test);
            all.addAll(code);
            tests.addAll(test);
        }
        figures("all", all, tests);
        List<Source> shipped =
                all.stream().filter(one -> !one.module.equals("bench")).toList();
        figures("shipped", shipped, tests);
        out.println(
                "lines: of source files, with comments; private: top-level types for their own package alone; code, tests:");
        out.println(
                "lines of src/main and src/test without comments and empty ones, and their ratio; shipped: all but bench");

        for (String module : MODULES) {
            out.printf("%nlongest of %s: ", module);
            longest(all.stream().filter(one -> one.module.equals(module)).toList(), LONGEST);
        }
        out.printf("%n%nabove %d lines: ", LINES_MAX);
        longest(all.stream().filter(one -> one.lines > LINES_MAX).toList(), all.size());
        out.println();

        imports(
                "core",
                CORE,
                all.stream().filter(one -> one.module.equals("core")).toList());
        imports(
                "server",
                SERVER,
                all.stream().filter(one -> one.module.equals("server")).toList());
    }

    private void figures(String name, List<Source> code, List<Source> test) {
        int[] lengths = code.stream().mapToInt(Source::lines).sorted().toArray();
        int types = code.stream().mapToInt(Source::types).sum();
        int hidden = types - code.stream().mapToInt(Source::open).sum();
        int written = code.stream().mapToInt(Source::written).sum();
        int tested = test.stream().mapToInt(Source::written).sum();
        row(
                name,
                code.size(),
                code.stream().mapToInt(Source::lines).sum(),
                percentile(lengths, 50),
                percentile(lengths, 90),
                percentile(lengths, 100),
                code.stream().filter(one -> one.lines > LINES_MAX).count(),
                types,
                hidden,
                String.format(Locale.ROOT, "%.1f%%", 100.0 * hidden / Math.max(1, types)),
                written,
                tested,
                String.format(Locale.ROOT, "%.2f", (double) tested / Math.max(1, written)));
    }

    private static int percentile(int[] sorted, int percent) {
        return sorted.length == 0 ? 0 : sorted[(sorted.length * percent + 99) / 100 - 1];
    }

    private void row(Object... cells) {
        out.printf(Locale.ROOT, "%-8s", cells[0]);
        for (int i = 1; i < cells.length; i++) {
            out.printf(Locale.ROOT, "%8s", cells[i]);
        }
        out.println();
    }

    private void longest(Collection<Source> sources, int most) {
        out.print(sources.stream()
                .sorted(Comparator.comparingInt(Source::lines).reversed())
                .limit(most)
                .map(one -> one.type + " " + one.lines)
                .reduce((left, right) -> left + ", " + right)
                .orElse("none"));
    }

    /** A table of how many types of the package in the row's head know of the package in the column's; and what runs upwards. */
    private void imports(String module, Order order, List<Source> sources) {
        int count = order.packages.size();
        int[][] known = new int[count][count];
        TreeSet<String> upwards = new TreeSet<>();
        Pattern named = Pattern.compile("\\b(" + Pattern.quote(order.root) + "(?:\\.[a-z_]\\w*)*)\\.([A-Z]\\w*)");
        for (Source source : sources) {
            int from = order.place(source.in);
            TreeSet<Integer> seen = new TreeSet<>();
            for (Matcher name = named.matcher(source.code); from >= 0 && name.find(); ) {
                int to = order.place(name.group(1));
                if (to >= 0 && to != from && seen.add(to)) {
                    known[from][to]++;
                }
                if (to > from) {
                    upwards.add(order.packages.get(from) + '.' + source.type + " knows " + order.packages.get(to) + '.'
                            + name.group(2));
                }
            }
        }
        out.printf(
                "%nwho knows whom in %s: types of the row's package that name the column's; right of the · is upwards%n",
                module);
        out.printf("%-10s", "");
        order.packages.forEach(name -> out.printf("%10s", name));
        out.println();
        for (int from = 0; from < count; from++) {
            out.printf("%-10s", order.packages.get(from));
            for (int to = 0; to < count; to++) {
                out.printf("%10s", from == to ? "·" : known[from][to] == 0 ? "" : known[from][to]);
            }
            out.println();
        }
        out.println("upwards: " + (upwards.isEmpty() ? "none" : upwards.size()));
        upwards.forEach(name -> out.println("  " + name));
    }
}
