package dev.moorgate.dataplane;

import dev.moorgate.dataplane.control.TableSink;
import dev.moorgate.dataplane.live.InstallResult;
import dev.moorgate.dataplane.live.LiveTable;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.wire.Ack.Outcome;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.TableVersion;

/** Puts what an operator pushes in force and says so in the words of the wire. */
record PushSink(LiveTable live) implements TableSink {

    @Override
    public Outcome install(Push push) {
        return outcome(live.install(push.version().toString(), push.table(), push.endpoints()));
    }

    @Override
    public Outcome endpoints(EndpointTable endpoints, TableVersion version) {
        return outcome(live.installEndpoints(version.toString(), endpoints));
    }

    private static Outcome outcome(InstallResult result) {
        return switch (result) {
            case InstallResult.Applied applied -> new Outcome.Applied();
            case InstallResult.Refused refused -> new Outcome.Refused("", refused.reason());
        };
    }
}
