package io.penstock.server.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.common.Anchor;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.parser.ParserImpl;
import org.snakeyaml.engine.v2.scanner.StreamReader;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * From a file to nodes that know their line. Scalars stay text (YAML's failsafe schema).
 *
 * <p>Bounded: {@link #BYTES_MAX} of file, {@link #DEPTH_MAX} levels, {@link #ALIASES_MAX} aliases of collections; a file
 * cannot be built that takes much longer to read than to write. Messages never show a piece of the file.
 */
final class Yaml {
    /** A thousand providers with ten models each are below it. */
    static final int BYTES_MAX = 1 << 20;

    /** The deepest field is at level 7; the composer is recursive, so that there must be a bound. */
    static final int DEPTH_MAX = 32;

    static final int ALIASES_MAX = 50;

    private Yaml() {}

    /** The root node, or null if the file is empty or cannot be used, which is then reported. */
    static @Nullable Node read(Path file, Problems problems) {
        String text = text(file, problems);
        if (text == null) {
            return null;
        }
        LoadSettings settings = LoadSettings.builder()
                .setSchema(new FailsafeSchema())
                .setAllowNonScalarKeys(true) // refused later, with their line
                .setMaxAliasesForCollections(ALIASES_MAX)
                .build();
        try {
            var parser = new ParserImpl(settings, new StreamReader(settings, text));
            return new Bounded(settings, parser).getSingleNode().orElse(null);
        } catch (TooDeep tooDeep) {
            problems.at(tooDeep.line, "", "more than " + DEPTH_MAX + " levels (expected: at most 7)");
        } catch (MarkedYamlEngineException syntax) {
            int line = line(syntax.getProblemMark().or(syntax::getContextMark));
            problems.at(line, "", problem(syntax) + hint(text, line));
        } catch (ReaderException character) {
            int line = lineAt(text, character.getPosition());
            problems.at(
                    line, "", String.format("a control character, U+%04X (expected: text)", character.getCodePoint()));
        } catch (YamlEngineException other) {
            problems.inFile(
                    String.valueOf(other.getMessage()).startsWith("Number of aliases")
                            ? "more than " + ALIASES_MAX + " aliases (expected: few)"
                            : "not YAML");
        }
        return null;
    }

    static int line(Optional<Mark> mark) {
        return mark.isPresent() ? mark.get().getLine() + 1 : 1;
    }

    private static @Nullable String text(Path file, Problems problems) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(BYTES_MAX + 1);
        } catch (NoSuchFileException missing) {
            problems.inFile("no such file");
            return null;
        } catch (AccessDeniedException denied) {
            problems.inFile("permission denied");
            return null;
        } catch (IOException failed) {
            problems.inFile(
                    Files.isDirectory(file)
                            ? "a directory (expected: a file)"
                            : "cannot be read: " + failed.getMessage());
            return null;
        }
        if (bytes.length > BYTES_MAX) {
            problems.inFile("more than " + Units.print(BYTES_MAX) + " (expected: less)");
            return null;
        }
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder(); // reports, does not replace
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            problems.at(lineAt(out.flip(), out.limit()), "", "not UTF-8");
            return null;
        }
        String text = out.flip().toString();
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    /** What the parser says, but for the names of anchors and tags: an unquoted password may begin with * or !. */
    private static String problem(MarkedYamlEngineException syntax) {
        String problem = syntax.getProblem() == null ? "" : syntax.getProblem();
        String all = problem + syntax.getContext();
        if (all.contains("alias") || all.contains("anchor") || all.contains("tag")) {
            return "an alias, anchor or tag that is not right (expected: quotes around a text that begins with *, & or !)";
        }
        int dot = problem.indexOf(". ");
        return "not YAML: " + (dot < 0 ? problem : problem.substring(0, dot)).replace("\t", "\\t");
    }

    private static String hint(String text, int line) {
        int start = 0;
        for (int i = 1; i < line && start >= 0; i++) {
            start = text.indexOf('\n', start) + 1;
        }
        int end = text.indexOf('\n', start);
        return text.substring(start, end < 0 ? text.length() : end).contains("${")
                ? " (\"${NAME}\" needs quotes inside braces)"
                : "";
    }

    private static int lineAt(CharSequence text, int position) {
        int line = 1;
        for (int i = 0; i < position && i < text.length(); i++) {
            line += text.charAt(i) == '\n' ? 1 : 0;
        }
        return line;
    }

    /** Counts levels, which the parser itself does not. */
    private static final class Bounded extends Composer {
        private int depth;

        Bounded(LoadSettings settings, ParserImpl parser) {
            super(settings, parser);
        }

        @Override
        protected SequenceNode composeSequenceNode(Optional<Anchor> anchor) {
            enter();
            SequenceNode node = super.composeSequenceNode(anchor);
            depth--;
            return node;
        }

        @Override
        protected Node composeMappingNode(Optional<Anchor> anchor) {
            enter();
            Node node = super.composeMappingNode(anchor);
            depth--;
            return node;
        }

        private void enter() {
            if (++depth > DEPTH_MAX) {
                throw new TooDeep(line(parser.peekEvent().getStartMark()));
            }
        }
    }

    private static final class TooDeep extends RuntimeException {
        private static final long serialVersionUID = 1;
        private final int line;

        TooDeep(int line) {
            super(null, null, false, false);
            this.line = line;
        }
    }
}
