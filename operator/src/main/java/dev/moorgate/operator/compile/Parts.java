package dev.moorgate.operator.compile;

import dev.moorgate.operator.compile.routepolicy.RoutePolicies;
import dev.moorgate.operator.compile.upstream.BackendTls;
import dev.moorgate.operator.compile.upstream.Backends;
import dev.moorgate.operator.compile.upstream.Upstreams;
import dev.moorgate.operator.conditions.ReportBuilder;
import dev.moorgate.operator.snapshot.ClusterSnapshot;

/** What all parts of the compiler share during one compile, and what they add to. */
public record Parts(
        ClusterSnapshot snapshot,
        CompileSettings settings,
        ReportBuilder report,
        TableDraft table,
        Grants grants,
        Upstreams upstreams,
        Backends backends,
        BackendTls backendTls,
        Certificates certificates,
        RouteExtensions extensions,
        StickySessions sessions,
        RoutePolicies routePolicies) {}
