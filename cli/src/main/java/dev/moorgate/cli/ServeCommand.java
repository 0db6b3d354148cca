package dev.moorgate.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code moorgate serve}: manifests in, traffic served, on one machine without a cluster. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = "Serve the routes that Kubernetes manifests declare, from this machine.")
@SuppressWarnings("NullAway.Init")
final class ServeCommand implements Callable<Integer> {
    @Mixin
    private ServeOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws Exception {
        CommandLine command = spec.commandLine();
        try {
            return new Serving(options, command.getOut(), command.getErr()).run();
        } catch (Serving.Mistake e) {
            throw new ParameterException(command, String.valueOf(e.getMessage()), e);
        }
    }

    ServeOptions options() {
        return options;
    }
}
