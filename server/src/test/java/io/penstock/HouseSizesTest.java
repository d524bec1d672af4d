package io.penstock;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How large a room may be and how many have a door: what {@code io.penstock.bench.Walls} prints in full. */
class HouseSizesTest {
    private static final int LINES_MAX = 500;

    /** Each is one state machine or one table, which two files would tell worse. */
    private static final Set<String> LONG =
            Set.of("BodyScanner.java", "ChatRequest.java", "StreamRelay.java", "GatewayError.java");

    @Test
    void noFileIsLongButTheListed() throws Exception {
        Map<String, Long> tooLong = new TreeMap<>();
        int seen = 0;
        for (String module : List.of("core", "store", "server")) {
            Path sources = Path.of("..", module, "src", "main", "java");
            try (Stream<Path> files = Files.walk(sources)) {
                for (Path file :
                        files.filter(one -> one.toString().endsWith(".java")).toList()) {
                    seen++;
                    String name = file.getFileName().toString();
                    try (Stream<String> lines = Files.lines(file)) {
                        long count = lines.count();
                        if (count > LINES_MAX && !LONG.contains(name)) {
                            tooLong.put(name, count);
                        }
                    }
                }
            }
        }
        assertThat(seen).as("files found").isGreaterThan(300);
        assertThat(tooLong)
                .as("files of more than %d lines: which second noun hides there?", LINES_MAX)
                .isEmpty();
    }

    @Test
    void halfOfAllTypesAreForTheirOwnPackageAlone() {
        List<JavaClass> types = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS).importPackages("io.penstock").stream()
                        .filter(one ->
                                one.isTopLevelClass() && !one.getSimpleName().equals("package-info"))
                        .toList();
        long open = types.stream()
                .filter(one -> one.getModifiers().contains(JavaModifier.PUBLIC))
                .count();
        assertThat(types).as("types found").hasSizeGreaterThan(300);
        assertThat(open)
                .as(
                        "public of %d top-level types: a type is package-private until another package needs it",
                        types.size())
                .isLessThanOrEqualTo(types.size() / 2);
    }
}
