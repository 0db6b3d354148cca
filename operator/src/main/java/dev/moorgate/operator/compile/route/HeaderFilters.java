package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.Filter.HeaderEdits;
import dev.moorgate.routetable.Filter.HeaderField;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPHeader;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPHeaderFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** HTTPHeaderFilter to HeaderEdits; each name has one action, and those that frame messages have none. */
final class HeaderFilters {
    /** Fields that say where a message ends or which connection it is on: edits of them would be smuggling. */
    private static final Set<String> FRAMING = Set.of(
            "connection",
            "content-length",
            "keep-alive",
            "proxy-connection",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private final Mistakes mistakes;
    private final Map<String, String> actions = new HashMap<>();

    private HeaderFilters(Mistakes mistakes) {
        this.mistakes = mistakes;
    }

    static HeaderEdits compile(HTTPHeaderFilter filter, Field at, Mistakes mistakes) {
        HeaderFilters edits = new HeaderFilters(mistakes);
        return new HeaderEdits(
                edits.fields("set", filter.getSet(), at),
                edits.fields("add", filter.getAdd(), at),
                edits.names(filter.getRemove(), at));
    }

    private List<HeaderField> fields(String action, @Nullable List<HTTPHeader> headers, Field filter) {
        List<HeaderField> fields = new ArrayList<>();
        List<HTTPHeader> written = Objects.requireNonNullElse(headers, List.of());
        for (int i = 0; i < written.size(); i++) {
            Field at = filter.of(action, i);
            HTTPHeader header = written.get(i);
            Optional<String> name = name(action, header.getName(), at.of("name"));
            Optional<String> value =
                    Tokens.headerValue(Objects.requireNonNullElse(header.getValue(), ""), at.of("value"), mistakes);
            if (name.isPresent() && value.isPresent()) {
                fields.add(new HeaderField(name.get(), value.get()));
            }
        }
        return fields;
    }

    private List<String> names(@Nullable List<String> headers, Field filter) {
        List<String> names = new ArrayList<>();
        List<String> written = Objects.requireNonNullElse(headers, List.of());
        for (int i = 0; i < written.size(); i++) {
            name("remove", written.get(i), filter.of("remove", i)).ifPresent(names::add);
        }
        return names;
    }

    /** The name in lower case, unless it is no name, has the same action already, or must not be edited. */
    private Optional<String> name(String action, @Nullable String text, Field at) {
        Optional<String> name = Tokens.headerName(Objects.requireNonNullElse(text, ""), at, mistakes);
        if (name.isEmpty()) {
            return name;
        }
        if (FRAMING.contains(name.get())) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at,
                    "\"" + name.get()
                            + "\" frames the message or its connection and cannot be edited: remove the entry");
            return Optional.empty();
        }
        if (name.get().equals("cdn-loop")) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at,
                    "\"cdn-loop\" is how requests that go round in circles are found (RFC 8586) and cannot be edited: remove the entry");
            return Optional.empty();
        }
        if (name.get().equals("host")) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE, at, "\"host\" cannot be edited as a header: use urlRewrite.hostname");
            return Optional.empty();
        }
        String before = actions.putIfAbsent(name.get(), action);
        if (before != null && !before.equals(action)) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at,
                    "\"" + name.get() + "\" stands under " + before + " already: a filter has one action for a name");
        }
        return before == null ? name : Optional.empty();
    }
}
