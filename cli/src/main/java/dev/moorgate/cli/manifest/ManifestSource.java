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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The manifests under some files and folders. Reads again only what changed. What became unreadable keeps the objects of its last
 * good reading, and so does a file that somebody is writing to at this very moment. One thread.
 */
public final class ManifestSource {
    /** Nobody wrote for so long: the writer is done. */
    static final Duration QUIET = Duration.ofMillis(50);
    /** The same for a file that had content and has none: many editors empty a file first, and write when they get round to it. */
    static final Duration EMPTIED = Duration.ofSeconds(2);

    private final List<Path> roots;
    private final InstantSource clock;
    private final Map<Path, Known> files = new HashMap<>();
    private final Set<Path> unsettled = new HashSet<>();
    /** Some file stands under two names: a change of one is a change of the other. */
    private boolean linked;

    private List<ManifestProblem> lost = List.of();
    private List<Path> inOrder = List.of();
    private Map<String, ManifestObject> objects = Map.of();
    private @Nullable Reading last;
    /** Something of what the last reading was made of is another now. */
    private boolean different;

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

        /** The same when it is read again and nothing has changed. */
        private Reading unchanged(boolean settledNow) {
            return new Reading(objects, problems, notes, List.of(), settledNow);
        }

        /** Nothing but endpoints changed: no route need be compiled. */
        public boolean isOfEndpoints() {
            return changedKinds.stream().allMatch(ManifestKinds::isEndpointKind);
        }
    }

    /**
     * Where something may have changed since the last reading.
     *
     * @param anywhere nobody knows where
     */
    public record Changes(boolean anywhere, Set<Path> files) {
        static final Changes ANYWHERE = new Changes(true, Set.of());
    }

    public Reading read() {
        return read(Changes.ANYWHERE);
    }

    /** Looks at nothing but what these changes name, and at what was being written, where that will do. */
    public Reading read(Changes changes) {
        if (changes.anywhere() || !refreshNamed(changes.files())) {
            look();
        }
        if (last != null && !different) {
            return last.unchanged(unsettled.isEmpty());
        }
        different = false;
        last = joined();
        return last;
    }

    /** All files together. */
    private Reading joined() {
        var problems = new ArrayList<>(lost);
        var notes = new ArrayList<ManifestProblem>();
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
        return new Reading(
                List.copyOf(next.values()), List.copyOf(problems), List.copyOf(notes), changed, unsettled.isEmpty());
    }

    /** False where all files must be looked at: one came or went, or it is not known what was changed. */
    private boolean refreshNamed(Set<Path> named) {
        if (linked || named.stream().anyMatch(this::mayChangeOthers)) {
            return false;
        }
        var again = new HashSet<>(unsettled);
        again.addAll(named);
        again.retainAll(files.keySet());
        for (Path file : again) {
            try {
                refresh(file, Files.readAttributes(file, BasicFileAttributes.class));
            } catch (IOException e) {
                return false;
            }
        }
        return files.size() == inOrder.size();
    }

    /** A file that is known and there is read again by itself; what is neither manifest nor folder is not read at all. */
    private boolean mayChangeOthers(Path named) {
        return files.containsKey(named)
                ? !Files.isRegularFile(named)
                : ManifestTree.isNamedAsManifest(named)
                        || Files.isDirectory(named)
                        || roots.stream().anyMatch(root -> root.toAbsolutePath().equals(named.toAbsolutePath()));
    }

    /** Brings what is known of all files up to date. */
    private void look() {
        var problems = new ArrayList<ManifestProblem>();
        Map<Path, BasicFileAttributes> found = HashMap.newHashMap(files.size());
        var gone = new ArrayList<Path>();
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
                        gone.add(place);
                        problems.add(new ManifestProblem(
                                place, 0, 0, absent ? "no such file or folder" : "cannot be read: " + why(failure)));
                    }
                }
            });
        }
        different |= files.keySet()
                .removeIf(file -> !found.containsKey(file) && gone.stream().noneMatch(file::startsWith));
        unsettled.retainAll(found.keySet());
        found.forEach(this::refresh);
        different |= !lost.equals(problems);
        lost = problems;
        var places = new HashSet<Object>();
        linked = files.values().stream()
                .map(known -> known.look().inode())
                .anyMatch(inode -> inode == null || !places.add(inode));
        if (inOrder.size() != files.size() || !files.keySet().containsAll(inOrder)) {
            inOrder = files.keySet().stream().sorted().toList();
        }
    }

    private void refresh(Path file, BasicFileAttributes attributes) {
        if (isUpToDate(file, attributes)) {
            unsettled.remove(file);
        } else {
            unsettled.add(file);
        }
    }

    /** Reads the file where it differs; false where it is being written. */
    private boolean isUpToDate(Path file, BasicFileAttributes attributes) {
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
            different |= files.remove(file) != null;
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
        different = true;
        return settled;
    }

    /** In place, that is: half a file may well be valid YAML, with half its objects. A file moved here was whole before. */
    private boolean isBeingWritten(Known before, Look look) {
        if (!Objects.equals(before.look().inode(), look.inode())) {
            return false;
        }
        Duration age = Duration.between(look.modified().toInstant(), clock.instant());
        Duration quiet = look.size() == 0 && before.look().size() > 0 ? EMPTIED : QUIET;
        // Where the clock of a file server is ahead of ours, nothing is known.
        return !age.isNegative() && age.compareTo(quiet) < 0;
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
