package io.penstock.server.config;

import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * Reads a {@link Config} at the start: flags beat the environment, which beats the file, which beats the defaults.
 *
 * <p>Blocks on the file. Safe from any thread. Without a file the YAML parser is not loaded.
 */
public final class ConfigReader {
    static final String FILE = "penstock.yaml";

    private static final String LISTEN = "PENSTOCK_LISTEN";
    private static final String DATA = "PENSTOCK_DATA";
    private static final String HOSTS = "PENSTOCK_HOSTS";
    private static final String KEY = "PENSTOCK_KEY";
    private static final String ADMIN_TOKEN = "PENSTOCK_ADMIN_TOKEN";
    private static final String MASTER_KEY = "PENSTOCK_MASTER_KEY";
    private static final String HOME = "HOME";
    private static final String CONFIG = "PENSTOCK_CONFIG";
    private static final String PREFIX = "PENSTOCK_";
    private static final List<String> VARIABLES = List.of(LISTEN, DATA, HOSTS, KEY, ADMIN_TOKEN, MASTER_KEY, CONFIG);

    /** The name of the key that {@code PENSTOCK_KEY} declares. */
    private static final String ENVIRONMENT_KEY = "env";

    private final Map<String, String> knownProviders;
    private final Path directory;
    private final Path userHome; // as the system's password file says

    /**
     * {@code knownProviders} are those that need no base URL: their name, and the environment variable of their
     * credential, empty for a provider that asks for none. Variables add providers in this map's order.
     */
    public ConfigReader(Map<String, String> knownProviders) {
        this(knownProviders, Path.of(""), Path.of(System.getProperty("user.home", "")));
    }

    ConfigReader(Map<String, String> knownProviders, Path directory, Path home) {
        this.knownProviders = knownProviders;
        this.directory = directory.toAbsolutePath();
        this.userHome = home.toAbsolutePath();
    }

    /**
     * Reads {@code file}, or if that is null the one that {@code PENSTOCK_CONFIG} names, or {@code penstock.yaml} in the
     * working directory or else in the data directory, or no file. {@link Config#file} says which it was.
     *
     * @throws ConfigException with all problems found, if there is any
     */
    public Config read(@Nullable Path file, Map<String, String> environment, Flags flags) {
        var early = new Problems(FILE); // what can go wrong before it is known which file it is
        String flag = flags.data();
        Path home = home(environment);
        Path data = flag != null ? path(early, flag, "--data", home) : path(early, set(environment, DATA), DATA, home);
        Path found = file == null ? find(early, environment, data, home) : directory.resolve(file);
        early.throwIfAny();

        var problems = new Problems(found == null ? FILE : display(found));
        var expansion = new Expansion(environment);
        var builder = new ConfigBuilder();
        builder.file = found;
        builder.data = home.resolve(".penstock");
        var providers = new ProviderBinder(problems, knownProviders);
        String listenPlace = null;
        boolean known = true; // false if it cannot be known what the file says
        if (found != null) {
            Node root = Yaml.read(found, problems);
            known = root != null || problems.count() == 0;
            if (root != null) {
                Path parent = found.getParent() == null ? directory : found.getParent();
                listenPlace = new FileBinder(problems, expansion, builder, providers, parent, home).bind(root);
            }
        }
        builder.data = data == null ? builder.data : data;
        listenPlace = listen(problems, builder, set(environment, LISTEN), LISTEN, listenPlace);
        listenPlace = listen(problems, builder, flags.listen(), "--listen", listenPlace);
        builder.acceptRedoLoss = flags.acceptRedoLoss();
        hosts(problems, builder, set(environment, HOSTS));
        secrets(problems, builder, environment);
        providers(problems, builder, environment, providers);
        warnAboutUnknown(problems, expansion, environment);
        if (known && builder.adminToken == null && !builder.listen.isLoopback()) {
            problems.elsewhere(
                    listenPlace == null ? "listen" : listenPlace,
                    Text.quoted(builder.listen.toString()) + " (expected: " + Config.NEEDS_TOKEN + ")");
        }
        problems.throwIfAny();
        builder.warnings = problems.warnings();
        return build(problems, builder);
    }

    /** The records check once more; what only they find has no line. */
    private static Config build(Problems problems, ConfigBuilder builder) {
        try {
            return builder.build();
        } catch (Unfit unfit) {
            problems.inFile(unfit.name() + ": " + unfit.text());
            problems.throwIfAny();
            throw unfit; // not reached
        }
    }

    /** {@code HOME} if it is an absolute path: whoever sets it means it, and the JVM does not look at it. */
    private Path home(Map<String, String> environment) {
        String home = set(environment, HOME);
        try {
            return home != null && Path.of(home).isAbsolute() ? Path.of(home) : userHome;
        } catch (InvalidPathException unfit) {
            return userHome;
        }
    }

    private @Nullable Path path(Problems problems, @Nullable String text, String place, Path home) {
        try {
            return text == null ? null : FileBinder.path("", text, directory, home);
        } catch (Unfit unfit) {
            problems.elsewhere(place, unfit.text());
            return null;
        }
    }

    private @Nullable Path find(Problems problems, Map<String, String> environment, @Nullable Path data, Path home) {
        Path named = path(problems, set(environment, CONFIG), CONFIG, home);
        if (named != null) {
            return named; // its absence is an error
        }
        Path here = directory.resolve(FILE);
        if (Files.exists(here)) {
            return here;
        }
        Path there = (data == null ? home.resolve(".penstock") : data).resolve(FILE);
        return Files.exists(there) ? there : null;
    }

    /** As short as a person in the working directory would write it. */
    private String display(Path file) {
        return (file.startsWith(directory) ? directory.relativize(file) : file).toString();
    }

    /** Returns the place of the setting that counts. */
    private static @Nullable String listen(
            Problems problems, ConfigBuilder builder, @Nullable String text, String place, @Nullable String before) {
        if (text == null) {
            return before;
        }
        try {
            builder.listen = ListenConfig.parse("", text);
        } catch (Unfit unfit) {
            problems.elsewhere(place, unfit.text());
        }
        return place;
    }

    /** Names between commas, in place of the file's. */
    private static void hosts(Problems problems, ConfigBuilder builder, @Nullable String text) {
        if (text == null) {
            return;
        }
        builder.hosts.clear();
        for (String name : text.split(",", -1)) {
            try {
                builder.host(name.strip());
            } catch (Unfit unfit) {
                problems.elsewhere(HOSTS, unfit.text());
            }
        }
    }

    private static void secrets(Problems problems, ConfigBuilder builder, Map<String, String> environment) {
        String token = secret(problems, environment, ADMIN_TOKEN, Checks::token);
        builder.adminToken = token == null ? builder.adminToken : new Secret(token);
        String master = secret(problems, environment, MASTER_KEY, Checks::token);
        builder.masterKey = master == null ? null : new Secret(master);
        String key = secret(problems, environment, KEY, Checks::keyText);
        if (key == null) {
            return;
        }
        var text = new Secret(key);
        if (text.equals(builder.adminToken)) {
            problems.elsewhere(KEY, "the same as the admin token (expected: another key)");
        }
        boolean declared = false;
        for (KeyConfig one : builder.keys) {
            declared |= one.key().equals(text); // the file gives it a name of its own: key: "${PENSTOCK_KEY}"
        }
        if (!declared) {
            builder.keys.removeIf(one -> one.name().equals(ENVIRONMENT_KEY));
            builder.keys.add(new KeyConfig(ENVIRONMENT_KEY, key));
        }
    }

    private void providers(
            Problems problems, ConfigBuilder builder, Map<String, String> environment, ProviderBinder file) {
        for (Map.Entry<String, String> known : knownProviders.entrySet()) {
            String variable = known.getValue();
            if (variable.isEmpty() || file.configured(known.getKey())) {
                continue;
            }
            String credential = secret(problems, environment, variable, Checks::credential);
            if (credential != null) {
                builder.provider(ProviderConfig.builder(known.getKey())
                        .apiKey(credential)
                        .origin(variable)
                        .build());
            }
        }
    }

    private static void warnAboutUnknown(Problems problems, Expansion expansion, Map<String, String> environment) {
        List<String> unknown = new ArrayList<>();
        for (String variable : environment.keySet()) {
            if (variable.startsWith(PREFIX) && !VARIABLES.contains(variable) && !expansion.used(variable)) {
                unknown.add(variable);
            }
        }
        unknown.sort(Comparator.naturalOrder());
        for (String variable : unknown) {
            problems.warn(variable, "unknown variable (" + Text.hint(variable, VARIABLES) + ")");
        }
    }

    private static @Nullable String secret(
            Problems problems, Map<String, String> environment, String variable, Fields.Reading<String> check) {
        String value = set(environment, variable);
        if (value == null) {
            return null;
        }
        try {
            return check.read("", value);
        } catch (Unfit unfit) {
            problems.elsewhere(variable, unfit.text());
            return null;
        }
    }

    /** A variable that is empty or blank counts as not set; white space around a value is a slip of the shell. */
    private static @Nullable String set(Map<String, String> environment, String variable) {
        String value = environment.get(variable);
        return value == null || value.isBlank() ? null : value.strip();
    }
}
