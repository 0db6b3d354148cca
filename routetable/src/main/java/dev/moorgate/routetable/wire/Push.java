package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;

/** A whole table with the endpoints that belong to it: one push is one state, so no request sees half of it. */
public record Push(TableVersion version, RouteTable table, EndpointTable endpoints) {}
