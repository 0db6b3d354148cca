package dev.moorgate.dataplane;

import dev.moorgate.dataplane.control.TableSink;
import dev.moorgate.dataplane.live.InstallResult;
import dev.moorgate.dataplane.live.LiveTable;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Digest;
import dev.moorgate.routetable.wire.TableVersion;

/** Puts what an operator pushes in force and says so in the words of the wire. */
record PushSink(LiveTable live) implements TableSink {

    @Override
    public Ack install(RouteTable table, EndpointTable endpoints, TableVersion version) {
        return ack(live.install(version.toString(), table, endpoints), version);
    }

    @Override
    public Ack endpoints(UpstreamEndpoints upstream, TableVersion version) {
        return ack(live.installEndpoints(version.toString(), upstream), version);
    }

    private Ack ack(InstallResult result, TableVersion version) {
        String inForce = Digest.of(live.installed().table());
        return switch (result) {
            case InstallResult.Applied applied -> Ack.applied(version, inForce);
            case InstallResult.Refused refused -> Ack.refused(version, inForce, "", refused.reason());
        };
    }
}
