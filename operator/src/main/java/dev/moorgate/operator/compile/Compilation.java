package dev.moorgate.operator.compile;

import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;

/** What a compile makes: the table, the endpoints of its upstreams, and what became of every object. Equal inputs make equal ones. */
public record Compilation(RouteTable table, EndpointTable endpoints, StatusReport report) {}
