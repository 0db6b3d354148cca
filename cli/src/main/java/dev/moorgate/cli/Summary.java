package dev.moorgate.cli;

import dev.moorgate.operator.conditions.Finding;
import dev.moorgate.operator.conditions.Notice;
import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.VirtualHost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What a person reads at start: what is served where, and what is wrong. */
final class Summary {
    private static final int MOST_ROUTES = 40;

    private final RouteTable table;
    private final Map<String, Long> ready = new HashMap<>();
    private final StringBuilder text = new StringBuilder();
    private int routes;

    private Summary(RouteTable table, EndpointTable endpoints) {
        this.table = table;
        endpoints
                .upstreams()
                .forEach(upstream -> ready.put(
                        upstream.upstream(),
                        upstream.endpoints().stream()
                                .filter(endpoint -> endpoint.state() == Endpoint.State.READY)
                                .count()));
    }

    /** Listeners, hosts, and routes with where they lead; long tables are cut and say so. */
    static String of(RouteTable table, EndpointTable endpoints) {
        var summary = new Summary(table, endpoints);
        if (table.listeners().isEmpty()) {
            return "Nothing to serve: no Ingress or Gateway of class moorgate was found.\n";
        }
        table.listeners().forEach(summary::listener);
        if (summary.routes > MOST_ROUTES) {
            summary.text
                    .append("  … and ")
                    .append(summary.routes - MOST_ROUTES)
                    .append(" routes more: /table of the admin address lists them all\n");
        }
        return summary.text.toString();
    }

    /** Mistakes first, then warnings; a line each. */
    static List<String> problems(StatusReport report) {
        var lines = new ArrayList<String>();
        for (Finding finding : report.errors()) {
            lines.add("error: " + finding);
        }
        report.notices()
                .forEach((object, notices) -> notices.stream()
                        .filter(notice -> notice.severity() == Notice.Severity.WARNING)
                        .forEach(notice -> lines.add("warning: " + object + ": "
                                + (notice.field().isEmpty() ? "" : notice.field() + ": ") + notice.message())));
        return lines;
    }

    private void listener(Listener listener) {
        String scheme = listener.tls().isPresent() ? "https" : "http";
        String address = switch (listener.bindAddress()) {
            case "" -> "*";
            default ->
                listener.bindAddress().indexOf(':') >= 0 ? "[" + listener.bindAddress() + "]" : listener.bindAddress();
        };
        text.append("  ")
                .append(scheme)
                .append("://")
                .append(address)
                .append(':')
                .append(listener.bindPort());
        text.append("  (")
                .append(listener.source())
                .append(", port ")
                .append(listener.port())
                .append(")\n");
        for (VirtualHost host : listener.virtualHosts()) {
            if (routes < MOST_ROUTES && !host.routes().isEmpty()) {
                text.append("    ").append(host.host()).append('\n');
            }
            host.routes().forEach(this::route);
        }
    }

    private void route(Route route) {
        if (routes++ >= MOST_ROUTES) {
            return;
        }
        text.append("      ").append(match(route.match())).append(" → ");
        text.append(target(route)).append("  (").append(route.source()).append(")\n");
    }

    private static String match(RouteMatch match) {
        var words = new StringBuilder(
                switch (match.path().kind()) {
                    case EXACT -> "=" + match.path().value();
                    case PREFIX -> match.path().value() + "/*";
                    case REGEX -> "~" + match.path().value();
                });
        if (!match.methods().isEmpty()) {
            words.append(' ').append(String.join("|", match.methods()));
        }
        match.headers().forEach(field -> words.append(" header ").append(field(field)));
        match.query().forEach(field -> words.append(" query ").append(field(field)));
        match.cookies().forEach(field -> words.append(" cookie ").append(field(field)));
        return words.toString();
    }

    private static String field(RouteMatch.FieldMatch field) {
        return switch (field.kind()) {
            case EXACT -> field.name() + "=" + field.value();
            case REGEX -> field.name() + "~" + field.value();
            case PRESENT -> field.name();
        };
    }

    private String target(Route route) {
        for (Filter filter : route.filters()) {
            if (filter instanceof Filter.Redirect redirect) {
                return "redirect " + redirect.status();
            }
            if (filter instanceof Filter.DirectResponse direct) {
                return "direct response " + direct.status();
            }
        }
        if (route.forward().upstreams().isEmpty()) {
            return "500 (nothing valid to forward to)";
        }
        int total = 0;
        for (Forward.WeightedUpstream share : route.forward().upstreams()) {
            total += share.weight();
        }
        var words = new ArrayList<String>();
        for (Forward.WeightedUpstream share : route.forward().upstreams()) {
            String percent = route.forward().upstreams().size() == 1
                    ? ""
                    : (total == 0 ? 0 : Math.round(100.0 * share.weight() / total)) + "% ";
            words.add(percent + share.upstream().map(this::upstream).orElse("500 (invalid reference)"));
        }
        return String.join(", ", words);
    }

    private String upstream(String name) {
        long count = ready.getOrDefault(name, 0L);
        boolean sticky = table.upstreams().stream()
                .anyMatch(upstream ->
                        upstream.name().equals(name) && upstream.session().isPresent());
        return name + " (" + count + (count == 1 ? " endpoint" : " endpoints") + (sticky ? ", sticky" : "") + ")";
    }
}
