package dev.moorgate.dataplane.filter;

import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Filter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The filters of a route and of one share of its split, compiled. Immutable, shared by all event loops.
 *
 * <p>To write a request: {@link #begin}, {@link ForwardedHeaders#write}, whatever else drops or writes fields, then
 * {@link #finish}. Before another try {@link RequestHead#restore()}.
 */
public final class RequestFilters {
    /** Most routes have none: what they share stays in the processor's caches. */
    public static final RequestFilters NONE = new RequestFilters(List.of(), ResponseFilters.of(List.of()));

    private static final byte[] HOST = "Host".getBytes(StandardCharsets.US_ASCII);

    private final HeaderPlan headers;
    private final @Nullable String host;
    private final List<PathEdit> paths;
    private final List<Filter.Mirror> mirrors;
    private final ResponseFilters response;

    private RequestFilters(List<Filter> filters, ResponseFilters response) {
        List<Filter.HeaderEdits> edits = new ArrayList<>();
        List<PathEdit> rewrites = new ArrayList<>();
        List<Filter.Mirror> copies = new ArrayList<>();
        Optional<String> name = Optional.empty();
        for (Filter filter : filters) {
            switch (filter) {
                case Filter.RequestHeaders header -> edits.add(header.edits());
                case Filter.UrlRewrite rewrite -> {
                    name = rewrite.host().or(Optional.of(name)::get);
                    rewrite.path().map(PathEdit::of).ifPresent(rewrites::add);
                }
                case Filter.Mirror mirror -> copies.add(mirror);
                case Filter.ResponseHeaders answer -> {}
                case Filter.Redirect answer -> {}
                case Filter.Cors answer -> {}
                case Filter.DirectResponse answer -> {}
            }
        }
        headers = HeaderPlan.of(edits);
        host = name.orElse(null);
        paths = List.copyOf(rewrites);
        mirrors = List.copyOf(copies);
        this.response = response;
    }

    /**
     * On a request the route's filters run first; on the response its share's.
     *
     * @throws IllegalArgumentException for a regular expression that RE2 refuses
     */
    public static RequestFilters of(List<Filter> routeFilters, List<Filter> shareFilters) {
        if (routeFilters.isEmpty() && shareFilters.isEmpty()) {
            return NONE;
        }
        List<Filter> request = new ArrayList<>(routeFilters);
        request.addAll(shareFilters);
        List<Filter> response = new ArrayList<>(shareFilters);
        response.addAll(routeFilters);
        return new RequestFilters(request, ResponseFilters.of(response));
    }

    /** Copies that are sent elsewhere, in order. */
    public List<Filter.Mirror> mirrors() {
        return mirrors;
    }

    /** What happens to the answer. */
    public ResponseFilters response() {
        return response;
    }

    /** Fields of the forwarded family that filters set or remove: {@link ForwardedHeaders} leaves those to them. */
    public long overrides() {
        return headers.known();
    }

    /** Request line, and Host where it changes; marks on the head what filters replace or remove. */
    public void begin(RequestHead head, HeadWriter out) {
        if (paths.isEmpty()) {
            out.startRequest(head);
        } else {
            String path = head.path();
            for (int i = 0; i < paths.size(); i++) {
                path = paths.get(i).apply(path);
            }
            out.startRequest(head, PathEdit.settle(path), head.query());
        }
        if (host != null) {
            if (head.hostField() >= 0) {
                head.drop(head.hostField());
            }
            out.add(HOST, host);
        } else if (head.hostField() < 0) {
            // HTTP/1.0 without Host becomes 1.1, which demands one (RFC 9112 3.2).
            out.add(HOST, head.authority());
        }
        headers.drop(head);
    }

    /** All fields that were not dropped, then the filters' own. */
    public void finish(RequestHead head, HeadWriter out) {
        out.copyFields(head);
        headers.write(out);
    }

    /** The value of Host that the endpoint sees. */
    public String authority(RequestHead head) {
        return host == null ? head.authority() : host;
    }

    static long forwardedFamily() {
        return Fields.mask(
                Fields.X_FORWARDED_FOR,
                Fields.X_FORWARDED_PROTO,
                Fields.X_FORWARDED_HOST,
                Fields.X_FORWARDED_PORT,
                Fields.X_REAL_IP,
                Fields.FORWARDED,
                Fields.X_REQUEST_ID);
    }
}
