package dev.moorgate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Hands over to one of the subcommands. */
@Command(
        name = "moorgate",
        mixinStandardHelpOptions = true,
        version = "moorgate 0.1.0",
        subcommands = ServeCommand.class,
        description = "A gate that moors sessions.")
@SuppressWarnings("NullAway.Init")
final class MoorgateCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing a subcommand");
    }
}
