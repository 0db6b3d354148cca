package dev.moorgate.dataplane.filter;

import dev.moorgate.dataplane.http.Fields;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.Filter;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the heads of answers. Immutable, shared by all event loops. To write an answer: start line,
 * whatever else drops or writes fields, then {@link #finish}.
 */
public final class ResponseFilters {
    private static final ResponseFilters NONE = new ResponseFilters(HeaderPlan.of(List.of()), null);

    private final HeaderPlan headers;
    private final @Nullable CorsPolicy cors;

    private ResponseFilters(HeaderPlan headers, @Nullable CorsPolicy cors) {
        this.headers = headers;
        this.cors = cors;
    }

    static ResponseFilters of(List<Filter> filters) {
        if (filters.isEmpty()) {
            return NONE;
        }
        List<Filter.HeaderEdits> edits = new ArrayList<>();
        CorsPolicy policy = null;
        for (Filter filter : filters) {
            if (filter instanceof Filter.ResponseHeaders header) {
                edits.add(header.edits());
            } else if (filter instanceof Filter.Cors rule && policy == null) {
                policy = CorsPolicy.of(rule);
            }
        }
        return new ResponseFilters(HeaderPlan.of(edits), policy);
    }

    /** The request's Origin where a CORS filter wants it for the answer; take it while the request's head is there. */
    public @Nullable String origin(RequestHead request) {
        return cors == null ? null : CorsPolicy.origin(request);
    }

    /** Fields that these edits decide about alone, see {@link Fields#mask}. */
    public long decided() {
        return headers.known();
    }

    /** Whether these edits remove, replace or add a field. */
    public boolean touches(int id) {
        return (headers.touched() >>> id & 1) != 0;
    }

    /** Whether these write what an answer varies by. */
    public boolean varies() {
        return touches(Fields.VARY) || cors != null && cors.varies();
    }

    /**
     * All fields that are not dropped, then the filters' own.
     *
     * @param origin of {@link #origin}
     */
    public void finish(ResponseHead head, @Nullable String origin, HeadWriter out) {
        headers.drop(head);
        if (cors != null) {
            cors.drop(head);
        }
        out.copyFields(head);
        finish(origin, out);
    }

    /** The filters' own fields, for an answer of our own to {@code request}; that to a preflight says by itself what is allowed. */
    public void finish(RequestHead request, HeadWriter out) {
        headers.write(out);
        if (cors != null && !CorsPolicy.isPreflight(request)) {
            cors.write(CorsPolicy.origin(request), out);
        }
    }

    private void finish(@Nullable String origin, HeadWriter out) {
        headers.write(out);
        if (cors != null) {
            cors.write(origin, out);
        }
    }
}
