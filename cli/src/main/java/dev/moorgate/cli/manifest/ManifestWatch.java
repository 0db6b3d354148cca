package dev.moorgate.cli.manifest;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Waits until something under some files and folders changes and then stays quiet for a moment, so that a file is not read
 * while it is being written. One thread.
 */
public final class ManifestWatch implements AutoCloseable {
    /** A writer that never rests is read after so long nevertheless. */
    private static final Duration PATIENCE = Duration.ofMillis(400);

    /** File systems without events, and links that point elsewhere, are looked at this often where a look takes no time to speak of. */
    private static final Duration POLL = Duration.ofSeconds(2);

    /** Of the core that event loops want too, looks take at most one part in so many, but for trees that are larger still than this. */
    private static final int SHARE = 500;

    private static final Duration LONGEST_POLL = Duration.ofSeconds(30);

    /** What {@link #await} waits for, besides news. */
    public enum Until {
        /** Nothing: all is read and served. */
        NEWS,
        /** What cannot be served may be so in two seconds. */
        RETRY,
        /** A file that was being written is whole. */
        SETTLED
    }

    private final List<Path> roots;
    private final Duration poll;
    private final WatchService service;
    private final Map<Path, WatchKey> folders = new HashMap<>();
    private final Set<Path> named = new HashSet<>();
    private boolean nameless = true;
    private long registered;
    private long returned = System.nanoTime();

    public ManifestWatch(List<Path> roots) throws IOException {
        this(roots, POLL);
    }

    ManifestWatch(List<Path> roots, Duration poll) throws IOException {
        this.roots = roots;
        this.poll = poll;
        this.service = roots.isEmpty()
                ? java.nio.file.FileSystems.getDefault().newWatchService()
                : roots.getFirst().getFileSystem().newWatchService();
        registerAll();
    }

    /**
     * Blocks until there may be something new to read, or for a moment, two seconds, or what a look at everything may cost; {@link
     * #changes} says what. False once stopped.
     */
    public boolean await(Until until) throws InterruptedException {
        try {
            Duration rare = pollAfter(Duration.ofNanos(System.nanoTime() - returned), poll);
            Duration longest = switch (until) {
                case NEWS -> rare;
                case RETRY -> poll;
                case SETTLED -> ManifestSource.QUIET;
            };
            WatchKey key = service.poll(longest.toMillis(), TimeUnit.MILLISECONDS);
            long began = System.nanoTime();
            named.clear();
            boolean foldersMayDiffer = key == null && until == Until.NEWS || began - registered >= rare.toNanos();
            while (key != null) {
                for (WatchEvent<?> event : key.pollEvents()) {
                    foldersMayDiffer |= isAboutFolder(key, event);
                    if (event.context() instanceof Path name && key.watchable() instanceof Path folder) {
                        named.add(folder.resolve(name));
                    }
                }
                foldersMayDiffer |= !key.reset();
                key = System.nanoTime() - began < PATIENCE.toNanos()
                        ? service.poll(ManifestSource.QUIET.toMillis(), TimeUnit.MILLISECONDS)
                        : null;
            }
            nameless = foldersMayDiffer;
            returned = System.nanoTime();
            if (foldersMayDiffer) {
                registerAll();
            }
            return true;
        } catch (ClosedWatchServiceException e) {
            return false;
        }
    }

    /** When to look again without being told, where the last look at everything took so long. */
    static Duration pollAfter(Duration look, Duration least) {
        Duration pace = look.multipliedBy(SHARE);
        Duration bounded = pace.compareTo(LONGEST_POLL) > 0 ? LONGEST_POLL : pace;
        return bounded.compareTo(least) > 0 ? bounded : least;
    }

    /** What the last wait was ended by; before the first one everything may have changed. */
    public ManifestSource.Changes changes() {
        return nameless ? ManifestSource.Changes.ANYWHERE : new ManifestSource.Changes(false, Set.copyOf(named));
    }

    /** Or may be, where events were lost. */
    private boolean isAboutFolder(WatchKey key, WatchEvent<?> event) {
        if (!(event.context() instanceof Path name && key.watchable() instanceof Path folder)) {
            return true;
        }
        Path place = folder.resolve(name);
        if (event.kind().equals(StandardWatchEventKinds.ENTRY_DELETE) && folders.containsKey(place)) {
            // Moved away, perhaps: its key, and those below it, would go on telling of another place.
            folders.entrySet().removeIf(each -> {
                boolean below = each.getKey().startsWith(place);
                if (below) {
                    each.getValue().cancel();
                }
                return below;
            });
            return true;
        }
        return event.kind().equals(StandardWatchEventKinds.ENTRY_CREATE) && Files.isDirectory(place);
    }

    private void registerAll() {
        registered = System.nanoTime();
        folders.values().removeIf(key -> !key.isValid());
        for (Path root : roots) {
            if (!Files.isDirectory(root)) {
                Path parent = root.toAbsolutePath().getParent();
                if (parent != null) {
                    register(parent);
                }
                continue;
            }
            ManifestTree.walk(root, new ManifestTree.Visit() {
                @Override
                public void folder(Path folder) {
                    register(folder);
                }
            });
        }
    }

    private void register(Path folder) {
        folders.computeIfAbsent(folder, path -> {
            try {
                return path.register(
                        service,
                        StandardWatchEventKinds.ENTRY_CREATE,
                        StandardWatchEventKinds.ENTRY_MODIFY,
                        StandardWatchEventKinds.ENTRY_DELETE);
            } catch (IOException e) {
                return null;
            }
        });
    }

    /** Ends {@link #await}, from any thread. */
    public void stop() {
        try {
            service.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        service.close();
    }
}
