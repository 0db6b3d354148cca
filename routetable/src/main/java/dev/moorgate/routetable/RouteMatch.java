package dev.moorgate.routetable;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a request must look like: all parts must hold, an empty list demands nothing.
 *
 * @param methods any of these (upper case); empty: every method
 */
public record RouteMatch(
        PathMatch path,
        List<String> methods,
        List<FieldMatch> headers,
        List<FieldMatch> query,
        List<FieldMatch> cookies,
        Optional<GrpcMatch> grpc) {
    public RouteMatch {
        methods = List.copyOf(methods);
        headers = List.copyOf(headers);
        query = List.copyOf(query);
        cookies = List.copyOf(cookies);
        for (FieldMatch header : headers) {
            Checks.require(
                    header.name().equals(header.name().toLowerCase(Locale.ROOT)),
                    "header names are lower case: " + header.name());
        }
    }

    public static RouteMatch path(PathMatch path) {
        return new RouteMatch(path, List.of(), List.of(), List.of(), List.of(), Optional.empty());
    }

    /**
     * A match on the normalised path, without query.
     *
     * @param value EXACT: the path; PREFIX: path elements without trailing slash, empty for every path;
     *     REGEX: an RE2 expression that must match the whole path
     */
    public record PathMatch(Kind kind, String value) {
        /** In no order of precedence; the operator has put routes in theirs. */
        public enum Kind {
            EXACT,
            PREFIX,
            REGEX
        }

        public static final PathMatch ALL = new PathMatch(Kind.PREFIX, "");

        public PathMatch {
            switch (kind) {
                case EXACT -> Checks.require(value.startsWith("/"), "an exact path starts with '/': " + value);
                case PREFIX ->
                    Checks.require(
                            value.isEmpty() || value.startsWith("/") && !value.endsWith("/"),
                            "a path prefix starts with '/' and does not end with it: " + value);
                case REGEX -> Checks.notBlank(value, "path regex");
            }
        }

        public static PathMatch exact(String path) {
            return new PathMatch(Kind.EXACT, path);
        }

        /** A prefix by path element; a trailing slash is ignored. */
        public static PathMatch prefix(String path) {
            int end = path.length();
            while (end > 0 && path.charAt(end - 1) == '/') {
                end--;
            }
            return new PathMatch(Kind.PREFIX, path.substring(0, end));
        }

        public static PathMatch regex(String expression) {
            return new PathMatch(Kind.REGEX, expression);
        }
    }

    /** A match on one header (lower-case name), query parameter or cookie. */
    public record FieldMatch(String name, Kind kind, String value) {
        /** REGEX is RE2 and must match the whole value; PRESENT needs the field with any value. */
        public enum Kind {
            EXACT,
            REGEX,
            PRESENT
        }

        public FieldMatch {
            Checks.notBlank(name, "match name");
            Checks.require(kind != Kind.PRESENT || value.isEmpty(), "a PRESENT match has no value");
        }

        public static FieldMatch exact(String name, String value) {
            return new FieldMatch(name, Kind.EXACT, value);
        }

        public static FieldMatch regex(String name, String expression) {
            return new FieldMatch(name, Kind.REGEX, expression);
        }

        public static FieldMatch present(String name) {
            return new FieldMatch(name, Kind.PRESENT, "");
        }
    }

    /** A match on a gRPC call, {@code /service/method}; an absent part matches all (GRPCRoute). */
    public record GrpcMatch(Optional<String> service, Optional<String> method, boolean regex) {
        public GrpcMatch {
            Checks.require(service.isPresent() || method.isPresent(), "a gRPC match names a service or a method");
        }
    }
}
