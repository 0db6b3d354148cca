package dev.moorgate.houserules;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Which of a module's own classes use what only some of them may, or none. */
public final class Callers {
    private Callers() {}

    /**
     * Classes with a call of, or a reference to, a member whose name is matched as a whole, such as
     * {@code java.lang.System.nanoTime}, or {@code java.util.ArrayList.<init>}; by their outermost class, sorted.
     */
    public static List<String> of(String root, Pattern members) {
        JavaClasses classes = new ClassFileImporter(
                        List.of(new ImportOption.DoNotIncludeTests(), new ImportOption.DoNotIncludeJars()))
                .importPackages(root);
        TreeSet<String> found = new TreeSet<>();
        for (JavaClass from : classes) {
            for (JavaAccess<?> access : from.getAccessesFromSelf()) {
                String member = access.getTargetOwner().getName() + "."
                        + access.getTarget().getName();
                if (members.matcher(member).matches()) {
                    found.add(outermost(from.getName()));
                }
            }
        }
        return new ArrayList<>(found);
    }

    private static String outermost(String name) {
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }
}
