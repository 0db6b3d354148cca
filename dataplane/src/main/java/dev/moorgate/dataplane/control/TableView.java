package dev.moorgate.dataplane.control;

import dev.moorgate.routetable.RouteTable;
import java.util.Optional;

/** The table in force, for people who ask. Any thread. */
@FunctionalInterface
public interface TableView {
    /** Empty before the first table. */
    Optional<Installed> installed();

    /** A table and the version under which it came. */
    record Installed(RouteTable table, String version) {}
}
