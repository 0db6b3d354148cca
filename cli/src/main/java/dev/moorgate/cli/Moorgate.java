package dev.moorgate.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/**
 * The {@code moorgate} command. A plain {@code serve} starts at once; picocli, whose loading takes a tenth of a second, reads every
 * other command line and explains mistakes.
 */
public final class Moorgate {

    private Moorgate() {}

    /** Exit codes are picocli's: 0 done, 1 failed, 2 a mistake on the command line. */
    public static void main(String[] args) {
        System.exit(execute(args));
    }

    private static int execute(String[] args) {
        Optional<ServeOptions> plain = PlainArguments.read(args);
        if (plain.isPresent()) {
            try {
                return new Serving(plain.get(), writer(System.out), writer(System.err)).run();
            } catch (Serving.Mistake e) {
                // said again below, with the way to the help
            } catch (Exception e) {
                e.printStackTrace();
                return CommandLine.ExitCode.SOFTWARE;
            }
        }
        return new CommandLine(new MoorgateCommand())
                .setParameterExceptionHandler(Moorgate::mistake)
                .execute(args);
    }

    /** One line that says what is wrong: the whole usage would hide it. */
    private static int mistake(ParameterException mistake, String[] args) {
        CommandLine command = mistake.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("moorgate: " + mistake.getMessage());
        if (!CommandLine.UnmatchedArgumentException.printSuggestions(mistake, err)) {
            err.println("'" + command.getCommandSpec().qualifiedName() + " --help' shows all options.");
        }
        err.flush();
        return CommandLine.ExitCode.USAGE;
    }

    private static PrintWriter writer(PrintStream stream) {
        return new PrintWriter(stream, true, stream.charset());
    }
}
