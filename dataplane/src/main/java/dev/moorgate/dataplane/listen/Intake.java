package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.observe.ConnectionObserver;
import java.util.function.BooleanSupplier;

/** What all listeners share on the way of a connection from accept to its first handler. */
record Intake(
        LoopLoad loops,
        SpareDescriptors spares,
        ConnectionStart start,
        ConnectionObserver observer,
        BooleanSupplier overloaded) {}
