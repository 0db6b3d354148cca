package dev.moorgate.houserules;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The arrows between packages, as one table: package of ours to what it may depend on besides itself, the JDK, SLF4J and
 * JSpecify. An entry that names a package of ours means exactly that package; any other entry is a prefix of foreign ones.
 */
public final class Arrows {

    private static final String OURS = "dev.moorgate";

    /** What every package may use, as prefixes. */
    private static final List<String> FREE = List.of("java.", "javax.", "org.slf4j", "org.jspecify.annotations");

    private final Map<String, List<String>> allowed = new TreeMap<>();

    /** Adds one row of the table; {@code mayUse} is written with commas, as a reader would: {@code "route, filter"}. */
    public Arrows allow(String from, String... mayUse) {
        if (allowed.put(from, List.of(mayUse)) != null) {
            throw new IllegalArgumentException("two rows for " + from);
        }
        return this;
    }

    /** Every arrow in the module's own classes that the table does not allow, one sentence each, sorted. */
    public List<String> violations(String root) {
        JavaClasses classes = new ClassFileImporter(
                        List.of(new ImportOption.DoNotIncludeTests(), new ImportOption.DoNotIncludeJars()))
                .importPackages(root);
        TreeSet<String> found = new TreeSet<>();
        for (JavaClass from : classes) {
            List<String> row = allowed.get(from.getPackageName());
            if (row == null) {
                found.add("package " + from.getPackageName() + " is not in the table of arrows");
                continue;
            }
            for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
                String target =
                        dependency.getTargetClass().getBaseComponentType().getPackageName();
                if (!target.isEmpty() && !target.equals(from.getPackageName()) && !isAllowed(target, row)) {
                    found.add(from.getPackageName() + " may not depend on " + target + ": "
                            + dependency.getDescription());
                }
            }
        }
        return new ArrayList<>(found);
    }

    private static boolean isAllowed(String target, List<String> row) {
        if (target.equals(OURS) || target.startsWith(OURS + ".")) {
            return row.contains(target);
        }
        String dotted = target + ".";
        return FREE.stream().anyMatch(dotted::startsWith) || row.stream().anyMatch(dotted::startsWith);
    }
}
