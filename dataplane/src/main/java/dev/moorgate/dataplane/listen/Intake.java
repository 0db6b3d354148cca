package dev.moorgate.dataplane.listen;

import dev.moorgate.dataplane.observe.ConnectionObserver;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * What all listeners share on the way of a connection from accept to its first handler.
 *
 * @param handshakes under way
 */
record Intake(
        LoopLoad loops,
        SpareDescriptors spares,
        ConnectionStart start,
        ConnectionObserver observer,
        BooleanSupplier overloaded,
        AtomicInteger handshakes) {}
