package dev.moorgate.e2e;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** The cluster that the features run on. Safe for any thread. */
record Cluster(Tool kubectl, Tool helm, Closeable owner) implements Closeable {
    /**
     * The cluster that KUBECONFIG names, else k3s where Docker is. Asked for by {@code -De2e}, since whose cluster KUBECONFIG
     * names is for a person to know; without it, or where a tool is missing, the tests are skipped with the reason.
     */
    static Cluster open() throws IOException, InterruptedException {
        need(System.getProperty("e2e") != null, "not asked for: add -De2e to run on the cluster that KUBECONFIG names");
        need(Tool.isInstalled("kubectl"), "kubectl is not on the path");
        need(Tool.isInstalled("helm"), "helm is not on the path");
        String config = System.getenv("KUBECONFIG");
        if (config != null && !config.isBlank()) {
            return of(config, () -> {});
        }
        need(K3s.isPossible(), "KUBECONFIG names no cluster, and there is no Docker for k3s");
        var k3s = K3s.start(root().resolve("target/images"));
        return of(k3s.kubeconfig().toString(), k3s);
    }

    private static Cluster of(String config, Closeable owner) {
        Map<String, String> environment = Map.of("KUBECONFIG", config);
        return new Cluster(new Tool("kubectl", environment), new Tool("helm", environment), owner);
    }

    private static void need(boolean met, String reason) {
        if (!met) {
            System.out.println("e2e: SKIPPED: " + reason);
        }
        Assumptions.assumeTrue(met, reason);
    }

    /** What kubectl says, under the command; much of it is cut from the middle. */
    String look(String... arguments) {
        String output = kubectl.attempt("", arguments).output();
        int most = 20_000;
        String shown = output.length() <= most
                ? output
                : output.substring(0, most / 2) + "\n… " + (output.length() - most) + " characters …\n"
                        + output.substring(output.length() - most / 2);
        return "--- kubectl " + String.join(" ", arguments) + "\n" + shown + "\n";
    }

    /** This machine's address towards the nodes, by which pods reach what listens here. */
    String ownAddress() throws IOException {
        String node = kubectl.run(
                "get", "nodes", "-o", "jsonpath={.items[0].status.addresses[?(@.type==\"InternalIP\")].address}");
        try (var socket = new DatagramSocket()) {
            socket.connect(new InetSocketAddress(node, 9));
            return socket.getLocalAddress().getHostAddress();
        }
    }

    /** The source tree. */
    static Path root() {
        return Path.of(System.getProperty("moorgate.root", ".."))
                .toAbsolutePath()
                .normalize();
    }

    @Override
    public void close() throws IOException {
        owner.close();
    }
}
