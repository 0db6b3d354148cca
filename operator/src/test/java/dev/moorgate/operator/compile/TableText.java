package dev.moorgate.operator.compile;

import dev.moorgate.routetable.Certificate;
import dev.moorgate.routetable.Endpoint;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderEdits;
import dev.moorgate.routetable.Filter.PathRewrite;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.HostPattern;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.ListenerTls;
import dev.moorgate.routetable.ProxySettings;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.FieldMatch;
import dev.moorgate.routetable.RoutePolicy;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.VirtualHost;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** A table and its endpoints as a tree for people: what is standard is left out, keys and chains are hashed. */
final class TableText {
    private TableText() {}

    static Map<String, Object> of(RouteTable table, EndpointTable endpoints) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (!table.settings().equals(ProxySettings.STANDARD)) {
            tree.put("settings", table.settings().toString());
        }
        Map<String, Object> listeners = new LinkedHashMap<>();
        table.listeners().forEach(listener -> listeners.put(listener.name(), listener(listener)));
        tree.put("listeners", listeners);
        Map<String, Object> upstreams = new LinkedHashMap<>();
        table.upstreams().forEach(upstream -> upstreams.put(upstream.name(), upstream(upstream, endpoints)));
        tree.put("upstreams", upstreams);
        put(tree, "sessions", table.sessions().stream().map(TableText::session).toList());
        Map<String, Object> certificates = new LinkedHashMap<>();
        table.certificates().forEach(certificate -> certificates.put(certificate.id(), certificate(certificate)));
        if (!certificates.isEmpty()) {
            tree.put("certificates", certificates);
        }
        put(tree, "keyRings", table.keyRings().stream().map(ring -> ring.name()).toList());
        return tree;
    }

    private static Map<String, Object> listener(Listener listener) {
        Map<String, Object> tree = new LinkedHashMap<>();
        String address = listener.bindAddress().isEmpty() ? "*" : listener.bindAddress();
        tree.put(
                "socket",
                listener.protocol() + " " + address + ":" + listener.bindPort() + ", port " + listener.port()
                        + ", public " + listener.publicPort());
        tree.put("source", listener.source().toString());
        listener.tls().ifPresent(tls -> tree.put("tls", tls(tls)));
        Map<String, Object> hosts = new LinkedHashMap<>();
        for (VirtualHost host : listener.virtualHosts()) {
            String kind = host.host().kind() == HostPattern.Kind.ONE_LABEL ? " (one label)" : "";
            hosts.put(host.host() + kind, host(host));
        }
        tree.put("hosts", hosts);
        return tree;
    }

    private static Map<String, Object> tls(ListenerTls tls) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put(
                "mode",
                modes(tls) + " " + tls.minVersion() + " " + tls.alpn()
                        + tls.policy().map(policy -> " " + policy.word()).orElse(""));
        Map<String, Object> names = new LinkedHashMap<>();
        tls.serverNames().forEach(name -> names.put(name.host().toString(), shown(name)));
        tree.put("serverNames", names);
        tree.put("otherNames", tls.fallback().orElse("refused"));
        tls.clientValidation()
                .ifPresent(clients -> tree.put(
                        "clients",
                        (clients.required() ? "certificate required" : "certificate welcome") + ", "
                                + (clients.caCertificates().split("BEGIN CERTIFICATE", -1).length - 1)
                                + " authorities"));
        return tree;
    }

    private static String modes(ListenerTls tls) {
        String modes = tls.serverNames().stream()
                .map(name -> name.mode().toString())
                .distinct()
                .sorted()
                .collect(Collectors.joining(" and "));
        return modes.isEmpty() ? "TERMINATE" : modes;
    }

    private static String shown(ListenerTls.ServerName name) {
        if (name.mode() == ListenerTls.Mode.PASSTHROUGH) {
            return "passed through";
        }
        String shown = name.certificates().isEmpty() ? "closed" : String.join(", ", name.certificates());
        return shown + name.policy().map(policy -> " (" + policy.word() + ")").orElse("");
    }

    private static Map<String, Object> host(VirtualHost host) {
        Map<String, Object> tree = new LinkedHashMap<>();
        if (!host.section().isEmpty()) {
            tree.put("section", host.section());
        }
        tree.put("unmatched", host.unmatched().toString());
        tree.put("routes", host.routes().stream().map(TableText::route).toList());
        return tree;
    }

    private static Map<String, Object> route(Route route) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("name", route.name());
        tree.put("source", route.source().toString());
        tree.put("match", match(route.match()));
        put(tree, "filters", route.filters().stream().map(TableText::filter).toList());
        tree.put(
                "forward",
                route.forward().upstreams().isEmpty()
                        ? "nowhere"
                        : route.forward().upstreams().stream()
                                .map(TableText::share)
                                .toList());
        route.forward().session().ifPresent(session -> tree.put("splitSession", session));
        if (!route.policy().equals(RoutePolicy.STANDARD)) {
            tree.put("policy", policy(route.policy()));
        }
        return tree;
    }

    private static String match(RouteMatch match) {
        List<String> parts = new ArrayList<>();
        parts.add(match.path().kind() + " "
                + (match.path().value().isEmpty() ? "/" : match.path().value()));
        if (!match.methods().isEmpty()) {
            parts.add("method " + String.join(" or ", match.methods()));
        }
        match.headers().forEach(field -> parts.add("header " + field(field)));
        match.query().forEach(field -> parts.add("query " + field(field)));
        match.cookies().forEach(field -> parts.add("cookie " + field(field)));
        match.grpc().ifPresent(grpc -> parts.add(grpc.toString()));
        return String.join(", ", parts);
    }

    private static String field(FieldMatch field) {
        return switch (field.kind()) {
            case EXACT -> field.name() + " = " + field.value();
            case REGEX -> field.name() + " ~ " + field.value();
            case PRESENT -> field.name() + " present";
        };
    }

    private static Object share(WeightedUpstream share) {
        String line = share.weight() + " " + share.upstream().orElse("none (500)")
                + share.session().map(session -> ", session " + session).orElse("");
        if (share.filters().isEmpty()) {
            return line;
        }
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("to", line);
        tree.put("filters", share.filters().stream().map(TableText::filter).toList());
        return tree;
    }

    private static String filter(Filter filter) {
        return switch (filter) {
            case Filter.RequestHeaders headers -> "request headers: " + edits(headers.edits());
            case Filter.ResponseHeaders headers -> "response headers: " + edits(headers.edits());
            case Filter.UrlRewrite rewrite ->
                "rewrite" + part(" host ", rewrite.host())
                        + part(" path ", rewrite.path().map(TableText::path));
            case Filter.Redirect redirect ->
                "redirect " + redirect.status() + part(" scheme ", redirect.scheme())
                        + part(" host ", redirect.host())
                        + (redirect.port().isPresent()
                                ? " port " + redirect.port().getAsInt()
                                : "")
                        + part(" path ", redirect.path().map(TableText::path));
            case Filter.Mirror mirror ->
                "mirror " + mirror.numerator() + "/" + mirror.denominator() + " to " + mirror.upstream();
            case Filter.Cors cors ->
                "cors origins " + cors.allowOrigins() + (cors.allowCredentials() ? " with credentials" : "")
                        + " methods " + cors.allowMethods() + " headers " + cors.allowHeaders() + " expose "
                        + cors.exposeHeaders() + " max age " + text(cors.maxAge());
            case Filter.DirectResponse response ->
                "respond " + response.status() + " " + response.contentType() + ": " + response.body();
        };
    }

    private static String edits(HeaderEdits edits) {
        List<String> parts = new ArrayList<>();
        edits.set().forEach(field -> parts.add("set " + field.name() + " = " + field.value()));
        edits.add().forEach(field -> parts.add("add " + field.name() + " = " + field.value()));
        edits.remove().forEach(name -> parts.add("remove " + name));
        return String.join(", ", parts);
    }

    private static String path(PathRewrite path) {
        return switch (path) {
            case PathRewrite.Full full -> full.path();
            case PathRewrite.Prefix prefix -> "prefix '" + prefix.prefix() + "' to '" + prefix.replacement() + "'";
            case PathRewrite.Regex regex -> "regex " + regex.pattern() + " to " + regex.substitution();
        };
    }

    private static String policy(RoutePolicy policy) {
        RoutePolicy standard = RoutePolicy.STANDARD;
        List<String> parts = new ArrayList<>();
        if (!policy.timeouts().equals(standard.timeouts())) {
            parts.add("request " + text(policy.timeouts().request()));
            parts.add("perTry " + text(policy.timeouts().perTry()));
            parts.add("responseHead " + text(policy.timeouts().responseHead()));
            time(
                    parts,
                    "connect",
                    policy.timeouts().connect(),
                    standard.timeouts().connect());
            time(
                    parts,
                    "bodyIdle",
                    policy.timeouts().bodyIdle(),
                    standard.timeouts().bodyIdle());
            time(
                    parts,
                    "streamIdle",
                    policy.timeouts().streamIdle(),
                    standard.timeouts().streamIdle());
        }
        if (!policy.retry().equals(standard.retry())) {
            parts.add("retry " + policy.retry().attempts() + " on "
                    + policy.retry().statuses() + " backoff "
                    + text(policy.retry().backoff()) + " to "
                    + text(policy.retry().backoffLimit()));
            if (!policy.retry().methods().isEmpty()) {
                parts.add("methods " + policy.retry().methods());
            }
            if (!policy.retry().budget().equals(standard.retry().budget())) {
                parts.add(policy.retry().budget().toString());
            }
        }
        if (!policy.buffering().equals(standard.buffering())) {
            parts.add(policy.buffering().toString());
        }
        policy.bodyLimit().ifPresent(limit -> parts.add("bodyLimit " + limit));
        policy.compression().ifPresent(compression -> parts.add(compression.toString()));
        policy.admission().ifPresent(admission -> parts.add(admission.toString()));
        policy.errorBodies().ifPresent(bodies -> parts.add(bodies.toString()));
        if (parts.isEmpty()) {
            parts.add(policy.toString());
        }
        return String.join(", ", parts);
    }

    private static void time(List<String> parts, String name, Duration value, Duration standard) {
        if (!value.equals(standard)) {
            parts.add(name + " " + text(value));
        }
    }

    private static String text(Duration duration) {
        return duration.isZero() ? "off" : duration.toString().substring(2).toLowerCase(Locale.ROOT);
    }

    private static Map<String, Object> upstream(Upstream upstream, EndpointTable endpoints) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("protocol", upstream.protocol().toString());
        tree.put("source", upstream.source().toString());
        upstream.session().ifPresent(session -> tree.put("session", session));
        upstream.tls().ifPresent(tls -> tree.put("tls", tls(tls)));
        upstream.policy().ifPresent(policy -> {
            tree.put("policy", policy.toString());
            tree.put("balancing", upstream.balancing() + ", zones " + upstream.zones());
            upstream.healthCheck().ifPresent(check -> tree.put("healthCheck", check.toString()));
            upstream.slowStart().ifPresent(slow -> tree.put("slowStart", slow.toString()));
            tree.put("outlierDetection", upstream.outlierDetection().toString());
            tree.put("limits", upstream.limits().toString());
        });
        tree.put(
                "endpoints",
                endpoints.upstreams().stream()
                        .filter(candidate -> candidate.upstream().equals(upstream.name()))
                        .flatMap(candidate -> candidate.endpoints().stream())
                        .map(TableText::endpoint)
                        .toList());
        return tree;
    }

    private static String tls(Upstream.UpstreamTls tls) {
        String roots = tls.caCertificates()
                .map(pem -> pem.split("BEGIN CERTIFICATE", -1).length - 1 + " authorities")
                .orElse("the system's authorities");
        return "as " + tls.serverName() + ", verified by " + roots
                + (tls.subjectNames().isEmpty() ? "" : ", named " + tls.subjectNames())
                + part(", shows ", tls.clientCertificate());
    }

    private static String endpoint(Endpoint endpoint) {
        return endpoint.state() + " " + endpoint.key() + part(" ", endpoint.ipv4()) + part(" ", endpoint.ipv6())
                + " port " + endpoint.port() + part(" zone ", endpoint.zone())
                + (endpoint.forZones().isEmpty() ? "" : " for " + String.join(",", endpoint.forZones()))
                + (endpoint.podName().isEmpty() ? "" : " pod " + endpoint.podName());
    }

    private static Map<String, Object> session(StickySession session) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("id", session.id());
        tree.put("source", session.source().toString());
        tree.put("token", session.token().toString());
        tree.put("binding", session.binding() + ", keys " + session.keyRing());
        tree.put(
                "timeouts",
                "absolute " + session.absoluteTimeout().map(TableText::text).orElse("none") + ", idle "
                        + session.idleTimeout().map(TableText::text).orElse("none"));
        tree.put(
                "when",
                "unhealthy " + session.onUnhealthy() + " " + text(session.unhealthyWait()) + ", draining "
                        + session.onDraining() + ", empty " + session.onEmptyPool() + ", zero weight "
                        + session.onZeroWeight());
        tree.put(
                "headers",
                (session.stripFromUpstream() ? "stripped" : "kept") + (session.noStore() ? ", no store" : ""));
        if (!session.limits().equals(StickySession.Limits.NONE)) {
            tree.put("limits", session.limits().toString());
        }
        put(tree, "imports", session.imports().stream().map(Object::toString).toList());
        put(tree, "skip", session.skip().stream().map(Object::toString).toList());
        session.twin().ifPresent(name -> tree.put("twin", name));
        if (session.retryMovesSession()) {
            tree.put("retries", "move the session");
        }
        session.follows().ifPresent(app -> tree.put("follows", app.toString()));
        if (!session.drainDeadline().equals(Duration.ofMinutes(30))) {
            tree.put("drainDeadline", text(session.drainDeadline()));
        }
        if (session.returnToOrigin()) {
            tree.put("returns", "to its origin");
        }
        if (session.algorithm() != KeyRing.Algorithm.AES_256_GCM) {
            tree.put("algorithm", session.algorithm().name());
        }
        if (!session.steering().equals(StickySession.Steering.NONE)) {
            tree.put("steering", session.steering().toString());
        }
        return tree;
    }

    private static String certificate(Certificate certificate) {
        return "chain " + hash(certificate.chain()) + ", key "
                + hash(certificate.key().value());
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String part(String before, Optional<String> text) {
        return text.map(present -> before + present).orElse("");
    }

    private static void put(Map<String, Object> tree, String name, List<?> items) {
        if (!items.isEmpty()) {
            tree.put(name, items);
        }
    }
}
