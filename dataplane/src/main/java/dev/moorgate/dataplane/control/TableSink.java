package dev.moorgate.dataplane.control;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.TableVersion;

/** What puts tables in force. Called on worker threads, one call at a time, in the order of versions. */
public interface TableSink {
    /** Applied, or refused with nothing changed. */
    Ack install(RouteTable table, EndpointTable endpoints, TableVersion version);

    /** The endpoints of one upstream of the table in force; the routes stay. */
    Ack endpoints(UpstreamEndpoints upstream, TableVersion version);
}
