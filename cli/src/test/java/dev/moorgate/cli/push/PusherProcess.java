package dev.moorgate.cli.push;

import dev.moorgate.operator.publish.SidecarSocket;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.routetable.wire.Digest;
import io.vertx.core.Vertx;
import java.nio.file.Path;

/** The operator's side of a push without a cluster: tables, one after the other and without end, until somebody kills it. */
final class PusherProcess {
    /** Tables of the n-th process are numbered from n times this on. */
    static final int EACH = 1_000;

    private PusherProcess() {}

    /** {@code arguments}: the control socket, which process this is. */
    public static void main(String[] arguments) {
        int first = Integer.parseInt(arguments[1]) * EACH;
        var socket = new SidecarSocket(Vertx.vertx(), Path.of(arguments[0]));
        try (var publisher = new TablePublisher(socket, System::currentTimeMillis)) {
            for (int i = 0; i < EACH; i++) {
                int number = first + i;
                publisher.publish(Tables.table(number, SigkillTest.HOSTS), Tables.endpoints(number));
                String wanted = Digest.of(Tables.table(number, SigkillTest.HOSTS));
                TablePublisherTest.await(() -> publisher.rollout().digest().equals(wanted));
            }
        }
    }
}
