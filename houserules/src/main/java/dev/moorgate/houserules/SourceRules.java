package dev.moorgate.houserules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What holds for every Java source file of the project: how long it is, where it lies, what its types are called. */
final class SourceRules {

    static final int MAX_LINES = 400;
    static final int MAX_PACKAGE_INFO_LINES = 12;
    static final int MAX_FILES = 20;

    private static final String PACKAGE_INFO = "package-info.java";
    private static final Set<String> WORDS = Set.of("Impl", "Manager", "Helper", "Helpers", "Util", "Utils");
    private static final Set<String> FIRST_WORDS = Set.of("Abstract", "Base", "Default");
    private static final Set<String> FOLDERS = Set.of("common", "util", "utils", "impl", "helper", "helpers", "misc");

    private static final Pattern TYPE =
            Pattern.compile("^[^\"*/]*?\\b(?:class|interface|record|enum)\\s+([A-Z]\\w*)", Pattern.MULTILINE);
    private static final Pattern WORD = Pattern.compile("[A-Z][a-z0-9]*|[A-Z]+(?![a-z])");
    private static final Pattern LATER = Pattern.compile("//\\s*(?:TODO|FIXME|XXX)\\b|^\\s*\\*\\s*@author\\b");

    private final Path root;
    private final List<String> found = new ArrayList<>();

    private SourceRules(Path root) {
        this.root = root;
    }

    /** Every rule that a file under {@code root} breaks, one sentence each, in the order of the paths. */
    static List<String> violations(Path root) {
        SourceRules rules = new SourceRules(root);
        Map<Path, List<Path>> folders = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            paths.filter(SourceRules::isOurs)
                    .sorted()
                    .forEach(file -> folders.computeIfAbsent(file.getParent(), _ -> new ArrayList<>())
                            .add(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        folders.forEach(rules::checkFolder);
        return List.copyOf(rules.found);
    }

    private static boolean isOurs(Path file) {
        String path = file.toString();
        return path.endsWith(".java") && path.contains("/src/") && !path.contains("/target/");
    }

    private void checkFolder(Path folder, List<Path> files) {
        long types = files.stream().filter(file -> !isPackageInfo(file)).count();
        if (types > MAX_FILES) {
            say(folder, "has " + types + " files, more than " + MAX_FILES + ": split it by kind or concern");
        }
        if (FOLDERS.contains(folder.getFileName().toString())) {
            say(folder, "is named after nothing it does");
        }
        if (folder.toString().contains("/src/main/") && files.stream().noneMatch(SourceRules::isPackageInfo)) {
            say(folder, "has no " + PACKAGE_INFO);
        }
        files.forEach(this::checkFile);
    }

    private void checkFile(Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        int max = isPackageInfo(file) ? MAX_PACKAGE_INFO_LINES : MAX_LINES;
        if (lines.size() > max) {
            say(file, "has " + lines.size() + " lines, more than " + max);
        }
        if (isPackageInfo(file) && !lines.contains("@NullMarked")) {
            say(file, "is not @NullMarked");
        }
        for (int i = 0; i < lines.size(); i++) {
            if (LATER.matcher(lines.get(i)).find()) {
                say(file, "line " + (i + 1) + ": open issues and authors live in the issue list and in git");
            }
        }
        Matcher type = TYPE.matcher(String.join("\n", lines));
        while (type.find()) {
            checkName(file, type.group(1));
        }
    }

    private void checkName(Path file, String name) {
        List<String> words =
                WORD.matcher(name).results().map(word -> word.group()).toList();
        if (words.isEmpty()) {
            return;
        }
        if (words.stream().anyMatch(WORDS::contains) || (words.size() > 1 && FIRST_WORDS.contains(words.getFirst()))) {
            say(file, "type " + name + " is named after its place in the code, not after what it is");
        }
    }

    private static boolean isPackageInfo(Path file) {
        return file.endsWith(PACKAGE_INFO);
    }

    private void say(Path where, String what) {
        found.add(root.relativize(where) + " " + what);
    }
}
