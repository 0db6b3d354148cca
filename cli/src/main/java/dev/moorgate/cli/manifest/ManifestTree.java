package dev.moorgate.cli.manifest;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * The one rule of what lies under a root: folders and the manifests in them, through links, hidden ones left out. A root that is
 * a file counts under any name.
 */
final class ManifestTree {
    private static final int DEEPEST = 32;

    private ManifestTree() {}

    /** What a walk meets. */
    interface Visit {
        /** Before what is in it. */
        default void folder(Path folder) {}

        default void manifest(Path file, BasicFileAttributes attributes) {}

        /** Neither it nor anything below it could be looked at; {@code NoSuchFileException}: it went away. */
        default void lost(Path place, IOException failure) {}
    }

    static void walk(Path root, Visit visit) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(root, BasicFileAttributes.class);
            if (attributes.isDirectory()) {
                Files.walkFileTree(root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), DEEPEST, new Walk(root, visit));
            } else {
                visit.manifest(root, attributes);
            }
        } catch (IOException e) {
            visit.lost(root, e);
        }
    }

    private static final class Walk extends SimpleFileVisitor<Path> {
        private final Path root;
        private final Visit visit;

        Walk(Path root, Visit visit) {
            this.root = root;
            this.visit = visit;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            // A mounted ConfigMap keeps its versions in hidden folders that links point into.
            if (!folder.equals(root) && isHidden(folder)) {
                return FileVisitResult.SKIP_SUBTREE;
            }
            visit.folder(folder);
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (isNamedAsManifest(file) && attributes.isRegularFile()) {
                visit.manifest(file, attributes);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path place, IOException failure) {
            if (!isHidden(place)) {
                visit.lost(place, failure);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) {
            if (failure != null) {
                visit.lost(folder, failure);
            }
            return FileVisitResult.CONTINUE;
        }
    }

    /** Whether a file of this name in a folder is read. */
    static boolean isNamedAsManifest(Path file) {
        String name = file.getFileName().toString();
        return !isHidden(file) && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
    }

    private static boolean isHidden(Path place) {
        return place.getFileName().toString().startsWith(".");
    }
}
