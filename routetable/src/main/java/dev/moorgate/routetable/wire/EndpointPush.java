package dev.moorgate.routetable.wire;

import dev.moorgate.routetable.EndpointTable.UpstreamEndpoints;

/** The endpoints of one upstream: what a scale-up sends. */
public record EndpointPush(TableVersion version, UpstreamEndpoints upstream) {}
