package dev.moorgate.operator.conditions;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What became of every object of one compile: statuses, notices and findings, sorted by object. Immutable; equal compiles make equal
 * reports.
 */
public final class StatusReport {
    public static final StatusReport EMPTY = builder().build();

    private final SortedMap<ObjectRef, ObjectStatus> statuses;
    private final SortedMap<ObjectRef, List<Notice>> notices;
    private final List<Finding> errors;
    private final SortedSet<ObjectRef> withheld;

    StatusReport(
            SortedMap<ObjectRef, ObjectStatus> statuses,
            SortedMap<ObjectRef, List<Notice>> notices,
            List<Finding> findings,
            Collection<ObjectRef> withheld) {
        this.withheld = Collections.unmodifiableSortedSet(new TreeSet<>(withheld));
        this.statuses = Collections.unmodifiableSortedMap(new TreeMap<>(statuses));
        SortedMap<ObjectRef, List<Notice>> copies = new TreeMap<>();
        notices.forEach((object, list) -> copies.put(object, List.copyOf(list)));
        this.notices = Collections.unmodifiableSortedMap(copies);
        this.errors = sortedErrors(findings, this.notices);
    }

    public static ReportBuilder builder() {
        return new ReportBuilder();
    }

    private static List<Finding> sortedErrors(List<Finding> findings, SortedMap<ObjectRef, List<Notice>> notices) {
        SortedMap<ObjectRef, List<Finding>> byObject = new TreeMap<>();
        for (Finding finding : findings) {
            byObject.computeIfAbsent(finding.object(), absent -> new ArrayList<>())
                    .add(finding);
        }
        notices.forEach((object, list) -> list.stream()
                .filter(notice -> notice.severity() == Notice.Severity.ERROR)
                .map(notice -> new Finding(object, notice.field(), notice.reason(), notice.message()))
                .forEach(finding -> byObject.computeIfAbsent(object, absent -> new ArrayList<>())
                        .add(finding)));
        return byObject.values().stream().flatMap(List::stream).distinct().toList();
    }

    /** Statuses of all objects that have one. */
    public SortedMap<ObjectRef, ObjectStatus> statuses() {
        return statuses;
    }

    public Optional<ObjectStatus> status(ObjectRef object) {
        return Optional.ofNullable(statuses.get(object));
    }

    /** Notices of all objects that have any, in the order of their making. */
    public SortedMap<ObjectRef, List<Notice>> notices() {
        return notices;
    }

    /** Every mistake to mend: refused conditions, and notices of severity ERROR; by object, then in the order they were found. */
    public List<Finding> errors() {
        return errors;
    }

    /** Objects of ours that nothing is said of, for what they refer to has not been read yet: their status stays as it is. */
    public SortedSet<ObjectRef> withheld() {
        return withheld;
    }

    /** Every object with a status or a notice. */
    public SortedSet<ObjectRef> objects() {
        SortedSet<ObjectRef> all = new TreeSet<>(statuses.keySet());
        all.addAll(notices.keySet());
        return Collections.unmodifiableSortedSet(all);
    }

    /**
     * Each object as a tree for YAML or JSON: apiVersion, kind, metadata, and status exactly as Kubernetes stores it (without times);
     * beside it {@code notices}, which become Events in a cluster.
     */
    public SortedMap<ObjectRef, Map<String, Object>> render() {
        SortedMap<ObjectRef, Map<String, Object>> trees = new TreeMap<>();
        for (ObjectRef object : objects()) {
            trees.put(object, render(object));
        }
        return Collections.unmodifiableSortedMap(trees);
    }

    private Map<String, Object> render(ObjectRef object) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        if (!object.namespace().isEmpty()) {
            metadata.put("namespace", object.namespace());
        }
        metadata.put("name", object.name());
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("apiVersion", object.apiVersion());
        tree.put("kind", object.kind());
        tree.put("metadata", metadata);
        ObjectStatus status = statuses.get(object);
        if (status != null) {
            tree.put("status", status.render());
        }
        List<Notice> told = notices.getOrDefault(object, List.of());
        if (!told.isEmpty()) {
            tree.put("notices", told.stream().map(Notice::render).toList());
        }
        return tree;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof StatusReport report
                && statuses.equals(report.statuses)
                && notices.equals(report.notices)
                && errors.equals(report.errors)
                && withheld.equals(report.withheld);
    }

    @Override
    public int hashCode() {
        return statuses.hashCode() * 31 + notices.hashCode();
    }

    @Override
    public String toString() {
        return render().values().toString();
    }
}
