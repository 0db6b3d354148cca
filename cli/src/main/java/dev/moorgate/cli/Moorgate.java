package dev.moorgate.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code moorgate} command: reads the command line and hands over to one of the subcommands. */
@Command(
        name = "moorgate",
        mixinStandardHelpOptions = true,
        version = "moorgate 0.1.0",
        subcommands = ServeCommand.class,
        description = "A gate that moors sessions.")
public final class Moorgate implements Runnable {

    @Spec
    private CommandSpec spec;

    /** Exit codes are picocli's: 0 done, 1 failed, 2 a mistake on the command line. */
    public static void main(String[] args) {
        System.exit(new CommandLine(new Moorgate()).execute(args));
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing a subcommand");
    }
}
