package dev.moorgate.cli.push;

import java.nio.file.Path;

/** The operator's side of a push without a cluster: tables, one after the other and without end, until somebody kills it. */
final class PusherProcess {
    /** Tables of the n-th process are numbered from n times this on. */
    static final int EACH = 1_000;

    private PusherProcess() {}

    /** {@code arguments}: the control socket, which process this is. */
    public static void main(String[] arguments) {
        int first = Integer.parseInt(arguments[1]) * EACH;
        try (var pushes = new NumberedPushes(Path.of(arguments[0]))) {
            for (int i = 0; i < EACH; i++) {
                pushes.push(first + i);
                pushes.awaitInForce(first + i);
            }
        }
    }
}
