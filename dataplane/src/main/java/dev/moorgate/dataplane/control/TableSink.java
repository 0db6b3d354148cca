package dev.moorgate.dataplane.control;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.wire.Ack;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.TableVersion;

/** What puts tables in force. Called on worker threads, one call at a time, in the order of versions. */
public interface TableSink {
    /** Applied, or refused with nothing changed. */
    Ack.Outcome install(Push push);

    /** All endpoints of the table in force; the routes stay. */
    Ack.Outcome endpoints(EndpointTable endpoints, TableVersion version);
}
