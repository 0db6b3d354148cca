package dev.moorgate.routetable;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** One step on a request or its response, in the order of its list. Redirect and DirectResponse end the request. */
public sealed interface Filter {

    /** Edits of the request's header fields. */
    record RequestHeaders(HeaderEdits edits) implements Filter {}

    /** Edits of the response's header fields. */
    record ResponseHeaders(HeaderEdits edits) implements Filter {}

    /** Changes host and path on the way to the upstream. */
    record UrlRewrite(Optional<String> host, Optional<PathRewrite> path) implements Filter {
        public UrlRewrite {
            Checks.require(host.isPresent() || path.isPresent(), "a rewrite changes host or path");
        }
    }

    /**
     * Answers with a redirect; parts that are absent are the request's own (Gateway API HTTPRequestRedirectFilter).
     *
     * @param port absent: the scheme's well-known port where a scheme is given, else the listener's public port
     */
    record Redirect(
            Optional<String> scheme, Optional<String> host, OptionalInt port, Optional<PathRewrite> path, int status)
            implements Filter {
        public Redirect {
            Checks.require(
                    status == 301 || status == 302 || status == 303 || status == 307 || status == 308,
                    "redirect status must be 301, 302, 303, 307 or 308, not " + status);
        }
    }

    /** Sends a copy of {@code numerator} of {@code denominator} requests to another upstream and ignores its answers. */
    record Mirror(String upstream, int numerator, int denominator) implements Filter {
        public Mirror {
            Checks.notBlank(upstream, "mirror upstream");
            Checks.inRange(denominator, 1, Integer.MAX_VALUE, "mirror denominator");
            Checks.inRange(numerator, 0, denominator, "mirror numerator");
        }
    }

    /**
     * Cross-origin resource sharing (GEP-1767, Fetch standard): preflights are answered here.
     *
     * @param allowOrigins exact origins, wildcard origins ({@code https://*.example.com}) or {@code *}
     */
    record Cors(
            List<String> allowOrigins,
            boolean allowCredentials,
            List<String> allowMethods,
            List<String> allowHeaders,
            List<String> exposeHeaders,
            Duration maxAge)
            implements Filter {
        public Cors {
            allowOrigins = List.copyOf(allowOrigins);
            allowMethods = List.copyOf(allowMethods);
            allowHeaders = List.copyOf(allowHeaders);
            exposeHeaders = List.copyOf(exposeHeaders);
            Checks.notNegative(maxAge, "maxAge");
        }
    }

    /** Answers with a fixed response. */
    record DirectResponse(int status, String contentType, String body) implements Filter {
        public DirectResponse {
            Checks.inRange(status, 200, 599, "direct response status");
        }
    }

    /** Header fields to set (replacing), add (appending) and remove; names in lower case, order kept. */
    record HeaderEdits(List<HeaderField> set, List<HeaderField> add, List<String> remove) {
        public HeaderEdits {
            set = List.copyOf(set);
            add = List.copyOf(add);
            remove = List.copyOf(remove);
        }
    }

    /** One header field that is free of CR, LF and NUL. */
    record HeaderField(String name, String value) {
        public HeaderField {
            Checks.notBlank(name, "header name");
            // Sentences are made where they are needed, and not for each of a million characters.
            if (!name.chars().allMatch(HeaderField::isToken)) {
                throw new IllegalArgumentException("header name must be a lower-case token: " + name);
            }
            if (!value.chars().allMatch(HeaderField::isOfValue)) {
                throw new IllegalArgumentException("header " + name + " has a character that no header may carry");
            }
        }

        private static boolean isToken(int c) {
            return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c < 0x7f && "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
        }

        private static boolean isOfValue(int c) {
            return (c >= 0x20 || c == '\t') && c != 0x7f && c <= 0xff;
        }
    }

    /** How the path changes; the query stays. */
    sealed interface PathRewrite {
        /** The whole path becomes {@code path}. */
        record Full(String path) implements PathRewrite {
            public Full {
                Checks.require(path.startsWith("/"), "a path starts with '/': " + path);
            }
        }

        /** The matched prefix (by element, without trailing slash) becomes {@code replacement}. */
        record Prefix(String prefix, String replacement) implements PathRewrite {}

        /** Every match of an RE2 expression becomes the substitution; {@code $1} or {@code \1} name groups. */
        record Regex(String pattern, String substitution) implements PathRewrite {
            public Regex {
                Checks.notBlank(pattern, "rewrite pattern");
            }
        }
    }
}
