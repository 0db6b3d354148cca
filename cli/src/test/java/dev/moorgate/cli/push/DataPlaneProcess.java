package dev.moorgate.cli.push;

import dev.moorgate.cli.process.ChildJvm;
import dev.moorgate.dataplane.DataPlaneMain;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The data plane as it runs in a pod. */
final class DataPlaneProcess {
    static final String OWNER = "pod";

    private DataPlaneProcess() {}

    /** Pushed to at {@code socket}, with its last good table in {@code folder}. */
    static ChildJvm start(Path socket, Path folder) {
        return ChildJvm.start(
                List.of(),
                Map.of(
                        "MOORGATE_CONTROL_SOCKET", socket.toString(),
                        "MOORGATE_LAST_GOOD", folder.toString(),
                        "MOORGATE_OWNER", OWNER,
                        "MOORGATE_SPILL", folder.resolveSibling("spill").toString(),
                        "MOORGATE_EVENT_LOOPS", "1"),
                DataPlaneMain.class,
                List.of());
    }
}
