package dev.moorgate.cli.manifest;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The manifests under some files and folders. Reads again only what changed. What became unreadable keeps the objects of its last
 * good reading, and so does a file that somebody is writing to at this very moment. One thread.
 */
public final class ManifestSource {
    /** Nobody wrote for so long: the writer is done. */
    static final Duration QUIET = Duration.ofMillis(50);

    private final List<Path> roots;
    private final InstantSource clock;
    private final Map<Path, Known> files = new HashMap<>();
    private List<Path> inOrder = List.of();
    private Map<String, ManifestObject> objects = Map.of();

    public ManifestSource(List<Path> roots) {
        this(roots, InstantSource.system());
    }

    ManifestSource(List<Path> roots, InstantSource clock) {
        this.roots = List.copyOf(roots);
        this.clock = clock;
    }

    public List<Path> roots() {
        return roots;
    }

    /** How a file looked when it was read; two looks that are equal saw the same content. */
    private record Look(
            long size, FileTime modified, @Nullable Object inode) {
        static Look of(BasicFileAttributes attributes) {
            return new Look(attributes.size(), attributes.lastModifiedTime(), attributes.fileKey());
        }
    }

    private record Known(Look look, ManifestFile.Content content) {}

    /**
     * Every object at one moment.
     *
     * @param changedKinds of the objects that differ from the reading before
     * @param notes what was passed over, for a person to know
     * @param settled false: a file was being written, look again soon
     */
    public record Reading(
            List<ManifestObject> objects,
            List<ManifestProblem> problems,
            List<ManifestProblem> notes,
            List<String> changedKinds,
            boolean settled) {
        /** The same reading, with kinds more that need a compile. */
        public Reading withKinds(List<String> more) {
            var kinds = new TreeSet<>(changedKinds);
            kinds.addAll(more);
            return new Reading(objects, problems, notes, List.copyOf(kinds), settled);
        }

        /** Nothing but endpoints changed: no route need be compiled. */
        public boolean isOfEndpoints() {
            return changedKinds.stream().allMatch(ManifestKinds::isEndpointKind);
        }
    }

    public Reading read() {
        var problems = new ArrayList<ManifestProblem>();
        var notes = new ArrayList<ManifestProblem>();
        boolean settled = look(problems);
        var next = new LinkedHashMap<String, ManifestObject>();
        for (Path file : inOrder) {
            Known known = Objects.requireNonNull(files.get(file));
            problems.addAll(known.content().problems());
            notes.addAll(known.content().notes());
            for (ManifestObject object : known.content().objects()) {
                ManifestObject first = next.putIfAbsent(object.key(), object);
                if (first != null) {
                    problems.add(new ManifestProblem(
                            object.file(),
                            object.document(),
                            object.line(),
                            object.object().getKind() + " "
                                    + object.object().getMetadata().getName() + " stands in " + first.place()
                                    + " already; this one is ignored"));
                }
            }
        }
        List<String> changed = changedKinds(objects, next);
        objects = next;
        return new Reading(List.copyOf(next.values()), List.copyOf(problems), List.copyOf(notes), changed, settled);
    }

    /** Brings what is known of the files up to date; false where one is being written. */
    private boolean look(List<ManifestProblem> problems) {
        Map<Path, BasicFileAttributes> found = HashMap.newHashMap(files.size());
        var lost = new ArrayList<Path>();
        for (Path root : roots) {
            ManifestTree.walk(root, new ManifestTree.Visit() {
                @Override
                public void manifest(Path file, BasicFileAttributes attributes) {
                    found.put(file, attributes);
                }

                @Override
                public void lost(Path place, IOException failure) {
                    boolean absent = failure instanceof NoSuchFileException;
                    if (!absent || place.equals(root)) {
                        lost.add(place);
                        problems.add(new ManifestProblem(
                                place, 0, 0, absent ? "no such file or folder" : "cannot be read: " + why(failure)));
                    }
                }
            });
        }
        files.keySet()
                .removeIf(file -> !found.containsKey(file) && lost.stream().noneMatch(file::startsWith));
        boolean settled = true;
        for (var each : found.entrySet()) {
            settled &= refresh(each.getKey(), each.getValue());
        }
        if (inOrder.size() != files.size() || !files.keySet().containsAll(inOrder)) {
            inOrder = files.keySet().stream().sorted().toList();
        }
        return settled;
    }

    private boolean refresh(Path file, BasicFileAttributes attributes) {
        Known before = files.get(file);
        var look = Look.of(attributes);
        if (before != null && before.look().equals(look)) {
            return true;
        }
        if (before != null && isBeingWritten(before, look)) {
            return false;
        }
        ManifestFile.Content content;
        boolean settled = true;
        try {
            content = ManifestFile.read(file, Files.readString(file, StandardCharsets.UTF_8));
            settled = look.equals(Look.of(Files.readAttributes(file, BasicFileAttributes.class)));
        } catch (NoSuchFileException e) {
            files.remove(file);
            return true;
        } catch (CharacterCodingException e) {
            content = unreadable(file, "not UTF-8 text");
        } catch (IOException e) {
            content = unreadable(file, "cannot be read: " + why(e));
        }
        if (!settled && before != null) {
            return false;
        }
        if (!content.problems().isEmpty() && before != null) {
            content = new ManifestFile.Content(before.content().objects(), content.problems(), content.notes());
        }
        files.put(file, new Known(look, content));
        return settled;
    }

    /** In place, that is: half a file may well be valid YAML, with half its objects. A file moved here was whole before. */
    private boolean isBeingWritten(Known before, Look look) {
        if (!Objects.equals(before.look().inode(), look.inode())) {
            return false;
        }
        Duration age = Duration.between(look.modified().toInstant(), clock.instant());
        // Where the clock of a file server is ahead of ours, nothing is known.
        return !age.isNegative() && age.compareTo(QUIET) < 0;
    }

    private static String why(IOException failure) {
        return failure instanceof AccessDeniedException ? "permission denied" : String.valueOf(failure.getMessage());
    }

    private static ManifestFile.Content unreadable(Path file, String message) {
        return new ManifestFile.Content(List.of(), List.of(new ManifestProblem(file, 0, 0, message)), List.of());
    }

    private static List<String> changedKinds(Map<String, ManifestObject> before, Map<String, ManifestObject> after) {
        var kinds = new TreeSet<String>();
        int kept = 0;
        for (var each : after.entrySet()) {
            ManifestObject old = before.get(each.getKey());
            kept += old == null ? 0 : 1;
            if (old == null || !old.isSame(each.getValue())) {
                kinds.add(each.getValue().object().getKind());
            }
        }
        if (kept < before.size()) {
            before.forEach((key, object) -> {
                if (!after.containsKey(key)) {
                    kinds.add(object.object().getKind());
                }
            });
        }
        return List.copyOf(kinds);
    }
}
