package dev.moorgate.dataplane.control;

import dev.moorgate.routetable.wire.SessionCensus;

/** What is known of sticky sessions now. Any thread; may take milliseconds. */
@FunctionalInterface
public interface CensusView {
    SessionCensus census();
}
