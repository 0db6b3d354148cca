package dev.moorgate.operator.watch;

import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.expose.ExposedPorts;
import dev.moorgate.operator.publish.ReplicaAddress;
import dev.moorgate.operator.publish.Rollout;
import java.util.List;

/** What follows a walk: statuses, Services, Events, the other replicas. Called by one thread at a time; must return at once. */
public interface Writers {
    /** After each compile. */
    void compiled(Compilation compilation, ExposedPorts ports);

    /** After each compile, and whenever data planes run something else, or the leader changes. */
    void rolled(Compilation compilation, Rollout rollout, List<ReplicaAddress> replicas);
}
