package dev.moorgate.dataplane.faults;

import dev.moorgate.dataplane.DataPlane;
import dev.moorgate.dataplane.DataPlaneSettings;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.live.InstallResult;
import dev.moorgate.routetable.ProxySettings;
import java.net.InetSocketAddress;

/** A proxy in a process of its own, in front of one port, until its input ends. Says on its first line where it listens. */
final class FewDescriptors {
    private FewDescriptors() {}

    public static void main(String[] args) throws Exception {
        var quiet = new ProxySettings(
                ProxySettings.TrustedProxies.NONE,
                ProxySettings.AccessLog.OFF,
                false,
                ProxySettings.DownstreamLimits.STANDARD);
        Setup setup = Setup.toPorts(Integer.parseInt(args[0])).settings(quiet);
        DataPlaneSettings settings = DataPlaneSettings.STANDARD
                .withEventLoops(1)
                .withHealth(InetSocketAddress.createUnresolved("127.0.0.1", 0));
        try (DataPlane proxy = DataPlane.start(settings)) {
            InstallResult result = proxy.install("t1", setup.table(), setup.endpoints());
            int web = proxy.boundPorts().values().iterator().next().getPort();
            System.out.println(
                    "ports " + web + " " + proxy.health().orElseThrow().getPort() + " " + result);
            System.out.flush();
            while (System.in.read() >= 0) {
                // the test closes it
            }
        }
    }
}
