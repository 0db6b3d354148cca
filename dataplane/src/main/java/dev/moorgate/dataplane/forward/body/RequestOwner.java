package dev.moorgate.dataplane.forward.body;

import dev.moorgate.dataplane.upstream.UpstreamStream;

/** Whose body a {@link RequestBody} is. */
public interface RequestOwner {
    /** There is room for more of a body that is collected. */
    void bodyStored();

    /** Something of it went on. */
    void bodyMoved(UpstreamStream to);

    /** It can be kept no longer, and cannot be sent. */
    void bodyLost(String detail);
}
