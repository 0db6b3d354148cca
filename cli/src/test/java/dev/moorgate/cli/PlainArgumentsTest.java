package dev.moorgate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Field;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Command lines read without picocli mean what picocli says. */
class PlainArgumentsTest {

    @Test
    void everyOptionIsKnownAndMeansTheSame() {
        var arguments = new ArrayList<>(List.of("one.yaml", "two"));
        for (OptionSpec option :
                new CommandLine(new ServeCommand()).getCommandSpec().options()) {
            if (option.usageHelp() || option.versionHelp()) {
                continue;
            }
            arguments.add(option.longestName());
            if (option.arity().max() > 0) {
                arguments.add(option.type() == int.class ? "7" : "value-of" + option.longestName());
            }
        }
        assertSame(arguments);
    }

    @Test
    void defaultsAreTheSame() {
        assertSame(List.of("deploy"));
    }

    @Test
    void valuesMayFollowAnEqualsSign() {
        assertSame(List.of("--bind=::1", "deploy", "--port-offset=0", "--admin=off", "--demo"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "serve",
                "--version",
                "check deploy",
                "serve --help",
                "serve deploy --help",
                "serve deploy -h",
                "serve deploy --no-such",
                "serve deploy --port-offset many",
                "serve deploy --port-offset",
                "serve deploy --bind --demo",
                "serve deploy --bind=",
                "serve deploy --bind a --bind b",
                "serve deploy --demo=false",
                "serve -- deploy",
                "serve @arguments",
            })
    void everythingElseIsLeftToPicocli(String line) {
        assertThat(PlainArguments.read(line.split(" ", -1))).isEmpty();
    }

    private static void assertSame(List<String> arguments) {
        var all = new ArrayList<>(List.of("serve"));
        all.addAll(arguments);
        Optional<ServeOptions> plain = PlainArguments.read(all.toArray(String[]::new));
        var command = new ServeCommand();
        new CommandLine(command).parseArgs(arguments.toArray(String[]::new));

        assertThat(plain.map(PlainArgumentsTest::values)).contains(values(command.options()));
    }

    private static Map<String, Object> values(ServeOptions options) {
        var values = new TreeMap<String, Object>();
        for (Field field : ServeOptions.class.getDeclaredFields()) {
            try {
                Object value = field.get(options);
                values.put(field.getName(), value instanceof Path path ? path.toString() : String.valueOf(value));
            } catch (IllegalAccessException e) {
                throw new AssertionError("not readable: " + field, e);
            }
        }
        return values;
    }
}
