package dev.moorgate.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code serve} with its options in their long form. Whatever else a command line may hold, mistakes and wishes for help
 * among it, it leaves to picocli, which knows more and takes longer.
 */
final class PlainArguments {
    private final ServeOptions options = new ServeOptions();
    private final Set<String> seen = new HashSet<>();

    private PlainArguments() {}

    static Optional<ServeOptions> read(String[] arguments) {
        if (arguments.length < 2 || !arguments[0].equals("serve")) {
            return Optional.empty();
        }
        var reader = new PlainArguments();
        return reader.all(arguments) ? Optional.of(reader.options) : Optional.empty();
    }

    private boolean all(String[] arguments) {
        var sources = new ArrayList<Path>();
        for (int i = 1; i < arguments.length; i++) {
            String argument = arguments[i];
            if (argument.isEmpty() || argument.startsWith("@")) {
                return false;
            }
            if (!argument.startsWith("-")) {
                sources.add(Path.of(argument));
            } else if (!flag(argument)) {
                int equals = argument.indexOf('=');
                String name = equals < 0 ? argument : argument.substring(0, equals);
                String value =
                        equals >= 0 ? argument.substring(equals + 1) : ++i < arguments.length ? arguments[i] : "";
                if (value.isEmpty() || value.startsWith("-") || value.startsWith("@") || !option(name, value)) {
                    return false;
                }
            }
        }
        options.sources = sources;
        return !sources.isEmpty();
    }

    private boolean flag(String name) {
        switch (name) {
            case "--check" -> options.check = true;
            case "--demo" -> options.demo = true;
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean option(String name, String value) {
        if (!seen.add(name)) {
            return false;
        }
        switch (name) {
            case "--bind" -> options.bind = value;
            case "--admin" -> options.admin = value;
            case "--keys" -> options.keys = Path.of(value);
            case "--access-log" -> options.accessLog = value;
            case "--access-log-file" -> options.accessLogFile = Path.of(value);
            case "--status-dir" -> options.statusDir = Path.of(value);
            case "--drain" -> options.drain = value;
            case "--lame-duck" -> options.lameDuck = value;
            case "--port-offset", "--threads" -> {
                return number(name, value);
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean number(String name, String value) {
        Integer number = parse(value);
        if (number == null) {
            return false;
        }
        if (name.equals("--threads")) {
            options.threads = number;
        } else {
            options.portOffset = number;
        }
        return true;
    }

    private static @Nullable Integer parse(String value) {
        try {
            return Integer.valueOf(value);
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
