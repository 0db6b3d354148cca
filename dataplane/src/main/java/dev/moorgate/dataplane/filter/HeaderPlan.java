package dev.moorgate.dataplane.filter;

import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.routetable.Filter.HeaderEdits;
import dev.moorgate.routetable.Filter.HeaderField;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A list of header edits folded into one: the names that go from the received head, and the lines that come. Within one
 * edit names are removed first, then set, then added. Framing, hop-by-hop fields, Host and CDN-Loop cannot be touched.
 */
final class HeaderPlan {
    /** RFC 9110 7.6.1, what decides where a message ends or goes, and what ends loops (RFC 8586 2). */
    private static final Set<String> UNTOUCHABLE = Set.of(
            "host",
            "content-length",
            "transfer-encoding",
            "connection",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "upgrade",
            "http2-settings",
            "expect",
            "cdn-loop");

    private static final HeaderPlan NONE = new HeaderPlan(Set.of(), List.of());

    private final long known;
    private final long touched;
    private final List<String> others;
    private final byte[] lines;

    private HeaderPlan(Set<String> dropped, List<HeaderField> added) {
        long mask = 0;
        List<String> rest = new ArrayList<>();
        for (String name : dropped) {
            int id = Fields.idOf(name);
            if (id == Fields.OTHER) {
                rest.add(name);
            } else {
                mask |= Fields.mask(id);
            }
        }
        known = mask;
        others = List.copyOf(rest);
        FieldBlock block = new FieldBlock();
        long more = mask;
        for (HeaderField field : added) {
            block.add(field.name(), field.value());
            more |= Fields.mask(Fields.idOf(field.name()));
        }
        touched = more & ~Fields.mask(Fields.OTHER);
        lines = block.toBytes();
    }

    static HeaderPlan of(List<HeaderEdits> edits) {
        if (edits.isEmpty()) {
            return NONE;
        }
        Set<String> dropped = new LinkedHashSet<>();
        List<HeaderField> added = new ArrayList<>();
        for (HeaderEdits edit : edits) {
            for (String name : edit.remove()) {
                drop(name.toLowerCase(Locale.ROOT), dropped, added);
            }
            for (HeaderField field : edit.set()) {
                drop(field.name(), dropped, added);
                add(field, added);
            }
            for (HeaderField field : edit.add()) {
                add(field, added);
            }
        }
        return new HeaderPlan(dropped, added);
    }

    private static void drop(String name, Set<String> dropped, List<HeaderField> added) {
        if (!UNTOUCHABLE.contains(name)) {
            dropped.add(name);
            added.removeIf(field -> field.name().equals(name));
        }
    }

    private static void add(HeaderField field, List<HeaderField> added) {
        if (!UNTOUCHABLE.contains(field.name())) {
            added.add(field);
        }
    }

    /** Names of {@link Fields} that these edits decide about alone. */
    long known() {
        return known;
    }

    /** Those, and names that these edits add lines to. */
    long touched() {
        return touched;
    }

    /** Marks what goes. */
    void drop(MessageHead head) {
        if (known != 0) {
            head.dropAll(known);
        }
        for (int i = 0; i < others.size(); i++) {
            head.dropAll(others.get(i));
        }
    }

    /** Writes what comes: behind the received fields, for that is what adding to a list means (RFC 9110 5.3). */
    void write(HeadWriter out) {
        if (lines.length > 0) {
            out.addLines(lines);
        }
    }
}
