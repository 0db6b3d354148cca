package dev.moorgate.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The manifests under some files and folders. Reads again only what changed; a file that became unreadable keeps the objects
 * of its last good reading. One thread.
 */
final class ManifestSource {
    private final List<Path> roots;
    private final Map<Path, Known> files = new TreeMap<>();
    private Map<String, ManifestObject> objects = Map.of();

    ManifestSource(List<Path> roots) {
        this.roots = List.copyOf(roots);
    }

    List<Path> roots() {
        return roots;
    }

    private record Known(
            long size, FileTime modified, @Nullable Object inode, ManifestFile.Content content) {}

    /**
     * Every object at one moment.
     *
     * @param changedKinds of the objects that differ from the reading before
     * @param notes what was passed over, for a person to know
     */
    record Reading(
            List<ManifestObject> objects,
            List<ManifestProblem> problems,
            List<ManifestProblem> notes,
            List<String> changedKinds) {
        /** The same reading, with one kind more that needs a compile. */
        Reading withKind(String kind) {
            var kinds = new ArrayList<>(changedKinds);
            kinds.add(kind);
            return new Reading(objects, problems, notes, List.copyOf(kinds));
        }
    }

    Reading read() {
        var problems = new ArrayList<ManifestProblem>();
        var notes = new ArrayList<ManifestProblem>();
        var found = scan(problems);
        files.keySet().retainAll(found.keySet());
        found.forEach((file, attributes) -> refresh(file, attributes));
        var next = new LinkedHashMap<String, ManifestObject>();
        for (Known known : files.values()) {
            problems.addAll(known.content().problems());
            notes.addAll(known.content().notes());
            for (ManifestObject object : known.content().objects()) {
                ManifestObject first = next.putIfAbsent(object.key(), object);
                if (first != null) {
                    problems.add(new ManifestProblem(
                            object.file(),
                            object.document().number(),
                            object.line(),
                            object.object().getKind() + " "
                                    + object.object().getMetadata().getName() + " stands in " + first.place()
                                    + " already; this one is ignored"));
                }
            }
        }
        List<String> changed = changedKinds(objects, next);
        objects = next;
        return new Reading(List.copyOf(next.values()), List.copyOf(problems), List.copyOf(notes), changed);
    }

    private void refresh(Path file, BasicFileAttributes attributes) {
        Known before = files.get(file);
        if (before != null
                && before.size() == attributes.size()
                && before.modified().equals(attributes.lastModifiedTime())
                && Objects.equals(before.inode(), attributes.fileKey())) {
            return;
        }
        ManifestFile.Content content;
        try {
            content = ManifestFile.read(file, Files.readString(file, StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            files.remove(file);
            return;
        } catch (CharacterCodingException e) {
            content = unreadable(file, "not UTF-8 text");
        } catch (IOException e) {
            content = unreadable(file, "cannot be read: " + e.getMessage());
        }
        if (!content.problems().isEmpty() && before != null) {
            content = new ManifestFile.Content(before.content().objects(), content.problems(), content.notes());
        }
        files.put(file, new Known(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey(), content));
    }

    private static ManifestFile.Content unreadable(Path file, String message) {
        return new ManifestFile.Content(List.of(), List.of(new ManifestProblem(file, 0, 0, message)), List.of());
    }

    private Map<Path, BasicFileAttributes> scan(List<ManifestProblem> problems) {
        var found = new TreeMap<Path, BasicFileAttributes>();
        for (Path root : roots) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(root, BasicFileAttributes.class);
                if (attributes.isDirectory()) {
                    Files.walkFileTree(
                            root, EnumSet.of(FileVisitOption.FOLLOW_LINKS), 32, new Visitor(root, found, problems));
                } else {
                    found.put(root, attributes);
                }
            } catch (NoSuchFileException e) {
                problems.add(new ManifestProblem(root, 0, 0, "no such file or folder"));
            } catch (IOException e) {
                problems.add(new ManifestProblem(root, 0, 0, "cannot be read: " + e.getMessage()));
            }
        }
        return found;
    }

    private static List<String> changedKinds(Map<String, ManifestObject> before, Map<String, ManifestObject> after) {
        var kinds = new java.util.TreeSet<String>();
        after.forEach((key, object) -> {
            ManifestObject old = before.get(key);
            if (old == null || !old.tree().equals(object.tree())) {
                kinds.add(object.object().getKind());
            }
        });
        before.forEach((key, object) -> {
            if (!after.containsKey(key)) {
                kinds.add(object.object().getKind());
            }
        });
        return List.copyOf(kinds);
    }

    private static final class Visitor extends SimpleFileVisitor<Path> {
        private final Path root;
        private final Map<Path, BasicFileAttributes> found;
        private final List<ManifestProblem> problems;

        Visitor(Path root, Map<Path, BasicFileAttributes> found, List<ManifestProblem> problems) {
            this.root = root;
            this.found = found;
            this.problems = problems;
        }

        @Override
        public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            // A mounted ConfigMap keeps its versions in hidden folders that links point into.
            boolean hidden =
                    !folder.equals(root) && folder.getFileName().toString().startsWith(".");
            return hidden ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = file.getFileName().toString();
            boolean manifest = name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json");
            if (manifest && !name.startsWith(".") && attributes.isRegularFile()) {
                found.put(file, attributes);
            }
            return FileVisitResult.CONTINUE;
        }

        @Override
        public FileVisitResult visitFileFailed(Path file, IOException failure) {
            if (!(failure instanceof NoSuchFileException)) {
                problems.add(new ManifestProblem(file, 0, 0, "cannot be read: " + failure.getMessage()));
            }
            return FileVisitResult.CONTINUE;
        }
    }
}
