package dev.moorgate.dataplane.control;

import dev.moorgate.dataplane.observe.UpstreamView;
import java.util.List;

/** The upstreams as they are now, sorted by name. Any thread. */
@FunctionalInterface
public interface UpstreamsView {
    List<UpstreamView> upstreams();
}
