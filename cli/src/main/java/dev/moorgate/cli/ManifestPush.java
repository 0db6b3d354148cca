package dev.moorgate.cli;

import dev.moorgate.cli.manifest.ManifestSource;
import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.publish.Rollout;
import dev.moorgate.operator.publish.SidecarSocket;
import dev.moorgate.operator.publish.TablePublisher;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.wire.Digest;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * An operator without a cluster: pushes what manifests declare to a data plane that is a process of its own, as in a pod, and ends
 * when it is in force there. The data plane's start-up cache is trained with it, and it is measured alone with it.
 */
public final class ManifestPush {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final int LEAST_ARGUMENTS = 4;
    private static final int USAGE = 2;

    private ManifestPush() {}

    /** {@code args}: the control socket, the offset of all ports, the file of session keys, and files or folders of manifests. */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length < LEAST_ARGUMENTS || !args[1].matches("[0-9]{1,5}")) {
            System.err.println("usage: ManifestPush SOCKET PORT-OFFSET KEYS MANIFESTS...");
            System.exit(USAGE);
        }
        var source = new ManifestSource(
                Arrays.stream(args).skip(LEAST_ARGUMENTS - 1).map(Path::of).toList());
        Optional<String> refusal =
                push(Path.of(args[0]), Integer.parseInt(args[1]), KeyFile.load(Path.of(args[2])), source);
        refusal.ifPresent(System.err::println);
        System.exit(refusal.isPresent() ? 1 : 0);
    }

    /** Why it is not in force. */
    public static Optional<String> push(Path socket, int portOffset, KeyRing keys, ManifestSource source)
            throws InterruptedException {
        Compilation compilation = new ManifestCompiler(
                        new LoopbackPorts("127.0.0.1", portOffset, true), InstantSource.system())
                .compile(source.read(), keys);
        String wanted = Digest.of(compilation.table());
        Vertx vertx = Vertx.vertx();
        try (var publisher = new TablePublisher(new SidecarSocket(vertx, socket), System::currentTimeMillis)) {
            var over = new CountDownLatch(1);
            publisher.onChange(() -> {
                Rollout now = publisher.rollout();
                if (now.digest().equals(wanted) || now.refusal().isPresent()) {
                    over.countDown();
                }
            });
            publisher.publish(compilation.table(), compilation.endpoints());
            if (!over.await(LIMIT.toSeconds(), TimeUnit.SECONDS)) {
                return Optional.of("no data plane has put it in force within " + LIMIT.toSeconds() + " s: " + socket);
            }
            return publisher.rollout().refusal().map(Rollout.Refusal::reason);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }
}
