package dev.moorgate.operator.compile.route;

import dev.moorgate.operator.compile.Field;
import dev.moorgate.operator.compile.Hostnames;
import dev.moorgate.operator.compile.Mistakes;
import dev.moorgate.operator.compile.Paths;
import dev.moorgate.operator.compile.Tokens;
import dev.moorgate.operator.conditions.Reason;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.PathRewrite;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPPathModifier;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRequestRedirectFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPURLRewriteFilter;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Redirects and rewrites of host and path. */
final class UrlFilters {
    private static final Set<Integer> STATUSES = Set.of(301, 302, 303, 307, 308);

    private UrlFilters() {}

    static Optional<Filter> redirect(HTTPRequestRedirectFilter redirect, PathMatch match, Field at, Mistakes mistakes) {
        Optional<String> scheme = Optional.ofNullable(redirect.getScheme()).map(text -> text.toLowerCase(Locale.ROOT));
        if (scheme.isPresent() && !scheme.get().equals("http") && !scheme.get().equals("https")) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("scheme"),
                    "\"" + Tokens.shown(scheme.get()) + "\" is not supported: use http or https");
        }
        int status = Objects.requireNonNullElse(redirect.getStatusCode(), 302);
        if (!STATUSES.contains(status)) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("statusCode"),
                    status + " is not supported: use 301, 302, 303, 307 or 308");
            return Optional.empty();
        }
        Integer port = redirect.getPort();
        if (port != null && (port < 1 || port > 65535)) {
            mistakes.add(Reason.UNSUPPORTED_VALUE, at.of("port"), port + " is no port: use 1 to 65535");
        }
        return Optional.of(new Filter.Redirect(
                scheme,
                host(redirect.getHostname(), at, mistakes),
                port == null ? OptionalInt.empty() : OptionalInt.of(port),
                path(redirect.getPath(), match, at.of("path"), mistakes),
                status));
    }

    static Optional<Filter> rewrite(HTTPURLRewriteFilter rewrite, PathMatch match, Field at, Mistakes mistakes) {
        Optional<String> host = host(rewrite.getHostname(), at, mistakes);
        Optional<PathRewrite> path = path(rewrite.getPath(), match, at.of("path"), mistakes);
        if (rewrite.getHostname() == null && rewrite.getPath() == null) {
            mistakes.add(Reason.UNSUPPORTED_VALUE, at, "changes nothing: set hostname or path");
        }
        return host.isEmpty() && path.isEmpty() ? Optional.empty() : Optional.of(new Filter.UrlRewrite(host, path));
    }

    private static Optional<String> host(@Nullable String text, Field at, Mistakes mistakes) {
        if (text == null) {
            return Optional.empty();
        }
        String host = text.toLowerCase(Locale.ROOT);
        if (!Hostnames.isPrecise(host)) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at.of("hostname"),
                    "\"" + Tokens.shown(text) + "\" is no host name: use labels of a-z, 0-9 and '-', without a star");
        }
        return Optional.of(host);
    }

    private static Optional<PathRewrite> path(
            @Nullable HTTPPathModifier path, PathMatch match, Field at, Mistakes mistakes) {
        if (path == null) {
            return Optional.empty();
        }
        return switch (Objects.requireNonNullElse(path.getType(), "")) {
            case "ReplaceFullPath" ->
                Paths.normal(
                                Objects.requireNonNullElse(path.getReplaceFullPath(), ""),
                                at.of("replaceFullPath"),
                                mistakes)
                        .map(PathRewrite.Full::new);
            case "ReplacePrefixMatch" -> prefix(path, match, at.of("replacePrefixMatch"), mistakes);
            default -> {
                mistakes.add(
                        Reason.UNSUPPORTED_VALUE,
                        at.of("type"),
                        "\"" + Tokens.shown(Objects.requireNonNullElse(path.getType(), ""))
                                + "\" is not supported: use ReplaceFullPath or ReplacePrefixMatch");
                yield Optional.empty();
            }
        };
    }

    /** Prefix and replacement both without trailing slash, so that the rest of the path, which starts with one, can follow. */
    private static Optional<PathRewrite> prefix(HTTPPathModifier path, PathMatch match, Field at, Mistakes mistakes) {
        if (match.kind() != PathMatch.Kind.PREFIX) {
            mistakes.add(
                    Reason.UNSUPPORTED_VALUE,
                    at,
                    "needs matches of type PathPrefix: change the rule's matches, or use replaceFullPath");
            return Optional.empty();
        }
        String written = Objects.requireNonNullElse(path.getReplacePrefixMatch(), "");
        if (written.isEmpty()) {
            return Optional.of(new PathRewrite.Prefix(match.value(), ""));
        }
        return Paths.normal(written, at, mistakes)
                .map(replacement -> new PathRewrite.Prefix(
                        match.value(), PathMatch.prefix(replacement).value()));
    }
}
