package dev.moorgate.dataplane.live;

import dev.moorgate.dataplane.DataPlane;
import dev.moorgate.dataplane.DataPlaneSettings;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.RouteTable;
import java.io.IOException;
import java.io.UncheckedIOException;

/** A whole data plane on loopback ports, as the cli and the sidecar run it. */
public final class Gate implements AutoCloseable {
    private final DataPlane dataPlane;
    private int installs;

    public Gate() {
        try {
            dataPlane = DataPlane.start(DataPlaneSettings.STANDARD.withEventLoops(2));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public DataPlane dataPlane() {
        return dataPlane;
    }

    /** Standard settings, but nothing is written to the tests' output. */
    public static ProxySettings silent() {
        var standard = ProxySettings.STANDARD;
        return new ProxySettings(
                standard.trustedProxies(), ProxySettings.AccessLog.OFF, standard.proxyStatus(), standard.limits());
    }

    public InstallResult install(Setup setup) {
        return install(setup.settings(silent()).table(), setup.endpoints());
    }

    public InstallResult install(RouteTable table, EndpointTable endpoints) {
        return dataPlane.install("test-" + ++installs, table, endpoints);
    }

    public int port(String listener) {
        return dataPlane.boundPorts().get(listener).getPort();
    }

    public RawClient connect() {
        return RawClient.connect(port(Setup.LISTENER));
    }

    @Override
    public void close() {
        dataPlane.close();
    }
}
