package dev.moorgate.dataplane.filter;

import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderField;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A compiled CORS filter (GEP-1767, Fetch standard 3.2). Answers preflights, and is the only one who says
 * {@code Access-Control-*} on responses. A star is never sent where credentials are allowed: the request's own value is.
 */
final class CorsPolicy {
    private static final byte[] ALLOW_ORIGIN = name("Access-Control-Allow-Origin");
    private static final List<String> OURS = List.of(
            "access-control-allow-origin",
            "access-control-allow-credentials",
            "access-control-expose-headers",
            "access-control-allow-methods",
            "access-control-allow-headers",
            "access-control-max-age");
    private static final HeaderField VARY = new HeaderField("vary", "Origin");
    private static final byte[] VARY_LINE =
            new FieldBlock().add("Vary", "Origin").toBytes();

    private final Filter.Cors rule;
    private final boolean anyOrigin;
    private final List<String> exact = new ArrayList<>();
    private final List<String[]> wildcards = new ArrayList<>();
    private final byte[] granted;

    private CorsPolicy(Filter.Cors rule) {
        this.rule = rule;
        anyOrigin = rule.allowOrigins().contains("*");
        for (String origin : rule.allowOrigins()) {
            String lower = origin.toLowerCase(Locale.ROOT);
            int star = lower.indexOf('*');
            if (star < 0) {
                exact.add(lower);
            } else if (lower.length() > 1) {
                wildcards.add(new String[] {lower.substring(0, star), lower.substring(star + 1)});
            }
        }
        FieldBlock block = new FieldBlock();
        if (rule.allowCredentials()) {
            block.add("Access-Control-Allow-Credentials", "true");
        }
        List<String> exposed = rule.exposeHeaders().stream()
                .filter(name -> !rule.allowCredentials() || !name.equals("*"))
                .toList();
        if (!exposed.isEmpty()) {
            block.add("Access-Control-Expose-Headers", String.join(", ", exposed));
        }
        granted = block.toBytes();
    }

    static CorsPolicy of(Filter.Cors rule) {
        return new CorsPolicy(rule);
    }

    static @Nullable String origin(RequestHead request) {
        return request.firstValue(Fields.ORIGIN);
    }

    private boolean isStar() {
        return anyOrigin && !rule.allowCredentials();
    }

    /** {@code https://*.example.com}: the star stands for one label or more, never for a scheme or port. */
    boolean allows(String origin) {
        String lower = origin.toLowerCase(Locale.ROOT);
        if (anyOrigin || exact.contains(lower)) {
            return true;
        }
        for (String[] ends : wildcards) {
            int middle = lower.length() - ends[0].length() - ends[1].length();
            if (middle > 0 && lower.startsWith(ends[0]) && lower.endsWith(ends[1])) {
                String star = lower.substring(ends[0].length(), lower.length() - ends[1].length());
                if (LABELS.matcher(star).matches()) {
                    return true;
                }
            }
        }
        return false;
    }

    private static final Pattern LABELS = Pattern.compile("[a-z0-9_.-]+");

    static boolean isPreflight(RequestHead head) {
        return head.methodId() == Methods.OPTIONS
                && head.indexOf(Fields.ORIGIN) >= 0
                && head.indexOf(Fields.ACCESS_CONTROL_REQUEST_METHOD) >= 0;
    }

    /** 204 with what is allowed, for whoever may be answered; null where the request is no preflight. */
    @Nullable
    Answer preflight(RequestHead head) {
        String origin = origin(head);
        String method = head.firstValue(Fields.ACCESS_CONTROL_REQUEST_METHOD);
        if (origin == null || method == null || !isPreflight(head)) {
            return null;
        }
        List<HeaderField> fields = new ArrayList<>();
        if (allows(origin)) {
            fields.add(new HeaderField("access-control-allow-origin", isStar() ? "*" : origin));
            if (rule.allowCredentials()) {
                fields.add(new HeaderField("access-control-allow-credentials", "true"));
            }
            add(fields, "access-control-allow-methods", rule.allowMethods(), method);
            String asked = head.joinedValue("access-control-request-headers");
            add(fields, "access-control-allow-headers", rule.allowHeaders(), asked == null ? "" : asked);
            // Of no use to a browser here, and expected by Gateway API's conformance tests.
            add(fields, "access-control-expose-headers", rule.exposeHeaders(), "");
            fields.add(new HeaderField(
                    "access-control-max-age", Long.toString(rule.maxAge().toSeconds())));
        }
        if (!isStar()) {
            fields.add(VARY);
        }
        return new Answer(204, fields, "");
    }

    private void add(List<HeaderField> fields, String name, List<String> allowed, String asked) {
        boolean echo = rule.allowCredentials() && allowed.contains("*");
        String value = echo ? asked : allowed.contains("*") ? "*" : String.join(", ", allowed);
        if (!value.isEmpty()) {
            fields.add(new HeaderField(name, value));
        }
    }

    /** Whether answers say that they are not the same for every origin. */
    boolean varies() {
        return !isStar();
    }

    void drop(ResponseHead head) {
        for (String name : OURS) {
            head.dropAll(name);
        }
    }

    void write(@Nullable String origin, HeadWriter out) {
        if (!isStar()) {
            out.addLines(VARY_LINE);
        }
        if (origin != null && allows(origin)) {
            out.add(ALLOW_ORIGIN, isStar() ? "*" : origin);
            if (granted.length > 0) {
                out.addLines(granted);
            }
        }
    }

    private static byte[] name(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
