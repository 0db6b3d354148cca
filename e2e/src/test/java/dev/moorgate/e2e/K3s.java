package dev.moorgate.e2e;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.k3s.K3sContainer;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

/**
 * A k3s in Docker with our image archives loaded. Untried: no machine of ours has Docker, so expect to mend it on first use. What comes
 * after it is the same code as on any cluster.
 */
record K3s(K3sContainer container, Path kubeconfig) implements Closeable {
    private static final DockerImageName IMAGE = DockerImageName.parse("rancher/k3s:v1.35.4-k3s1");

    static boolean isPossible() {
        try {
            return DockerClientFactory.instance().isDockerAvailable();
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** {@code images}: archives that the image builds left. */
    static K3s start(Path images) throws IOException, InterruptedException {
        var container = new K3sContainer(IMAGE).withCommand("server", "--disable=traefik", "--tls-san=127.0.0.1");
        container.start();
        for (Path archive : archives(images)) {
            String inside = "/tmp/" + archive.getFileName();
            container.copyFileToContainer(MountableFile.forHostPath(archive), inside);
            container.execInContainer("ctr", "-n", "k8s.io", "images", "import", inside);
        }
        Path config = Files.createTempFile("moorgate-e2e", ".kubeconfig");
        Files.writeString(config, container.getKubeConfigYaml());
        return new K3s(container, config);
    }

    private static List<Path> archives(Path images) throws IOException {
        try (Stream<Path> files = Files.list(images)) {
            return files.filter(file -> file.getFileName().toString().startsWith("moorgate"))
                    .toList();
        }
    }

    @Override
    public void close() throws IOException {
        container.stop();
        Files.deleteIfExists(kubeconfig);
    }
}
