package dev.moorgate.dataplane.filter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.Filter.HeaderEdits;
import dev.moorgate.routetable.Filter.HeaderField;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Header edits of route and share, folded into one, leave what the steps one by one would. */
class HeaderPlanTest {
    private final HeadWriter out = new HeadWriter();

    @Test
    void withoutFiltersAHeadLeavesByteByByte() {
        String text = "GET /a?b HTTP/1.1\r\nhost:h\r\nX-One:  1\r\nx-one: 2\r\n\r\n";

        assertThat(forward(Heads.parse(text), RequestFilters.NONE)).isEqualTo(text);
    }

    @Test
    void setLeavesOneOfManyWhateverTheirCase() {
        String head = forward(
                Heads.get("h", "/", "X-Tenant: a", "x-tenant: b", "X-TENANT: c", "Accept: *"),
                request(edits(List.of("x-tenant: d"), List.of(), List.of())));

        assertThat(Heads.values(head, "x-tenant")).containsExactly("d");
        assertThat(Heads.values(head, "accept")).containsExactly("*");
    }

    @Test
    void addAppendsAndRemoveRemovesAll() {
        String head = forward(
                Heads.get("h", "/", "X-A: 1", "X-B: 1", "x-b: 2", "User-Agent: curl"),
                request(edits(List.of(), List.of("x-a: 2"), List.of("x-b", "User-Agent"))));

        assertThat(Heads.values(head, "x-a")).containsExactly("1", "2");
        assertThat(Heads.values(head, "x-b")).isEmpty();
        assertThat(Heads.values(head, "user-agent")).isEmpty();
    }

    @Test
    void laterEditsSeeWhatEarlierOnesDid() {
        RequestFilters filters = RequestFilters.of(
                List.of(new Filter.RequestHeaders(edits(List.of("x-a: route"), List.of("x-b: route"), List.of()))),
                List.of(
                        new Filter.RequestHeaders(edits(List.of("x-a: share"), List.of("x-b: share"), List.of())),
                        new Filter.RequestHeaders(edits(List.of(), List.of(), List.of("x-c")))));

        String head = forward(Heads.get("h", "/", "X-A: client", "X-B: client", "X-C: client"), filters);

        assertThat(Heads.values(head, "x-a")).containsExactly("share");
        assertThat(Heads.values(head, "x-b")).containsExactly("client", "route", "share");
        assertThat(Heads.values(head, "x-c")).isEmpty();
    }

    @Test
    void framingHopByHopAndHostCannotBeTouched() {
        String head = forward(
                Heads.get("h", "/", "Content-Length: 3"),
                request(edits(
                        List.of("content-length: 5", "host: evil", "connection: x", "transfer-encoding: chunked"),
                        List.of("te: trailers", "upgrade: h2c"),
                        List.of("host", "content-length"))));

        assertThat(head).isEqualTo("GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n");
    }

    @Test
    void hostChangesByRewriteAlone() {
        var rewrite = new Filter.UrlRewrite(Optional.of("inner.example"), Optional.empty());

        String head = forward(Heads.get("outer.example", "/"), RequestFilters.of(List.of(rewrite), List.of()));
        String absolute = forward(
                Heads.parse("GET http://outer.example/ HTTP/1.1\r\nHost: other.example\r\n\r\n"),
                RequestFilters.of(List.of(rewrite), List.of()));

        assertThat(Heads.values(head, "host")).containsExactly("inner.example");
        assertThat(Heads.values(absolute, "host")).containsExactly("inner.example");
    }

    @Test
    void everyForwardedRequestHasOneHost() {
        String old = forward(Heads.parse("GET / HTTP/1.0\r\n\r\n"), RequestFilters.NONE);
        String absolute =
                forward(Heads.parse("GET http://a.example/ HTTP/1.1\r\nHost: b\r\n\r\n"), RequestFilters.NONE);

        assertThat(Heads.values(old, "host")).containsExactly("");
        assertThat(Heads.values(absolute, "host")).containsExactly("a.example");
    }

    @Test
    void aSecondTryIsWrittenAsTheFirst() {
        RequestHead head = Heads.get("h", "/", "X-A: 1", "X-B: 2");
        RequestFilters filters = request(edits(List.of("x-a: new"), List.of(), List.of("x-b")));
        String first = forward(head, filters);

        head.restore();

        assertThat(forward(head, filters)).isEqualTo(first);
    }

    @Test
    void onResponsesTheShareComesFirstAndTheRouteHasTheLastWord() {
        ResponseFilters filters = RequestFilters.of(
                        List.of(new Filter.ResponseHeaders(
                                edits(List.of("x-by: route"), List.of(), List.of("server")))),
                        List.of(new Filter.ResponseHeaders(
                                edits(List.of("x-by: share"), List.of("x-share: 1"), List.of()))))
                .response();
        ResponseHead head = Heads.response(200, "Server: nginx", "X-By: app", "Content-Length: 0", "Keep-Alive: 5");

        out.startResponse(head);
        filters.finish(head, null, out);
        String written = Heads.written(out);

        assertThat(Heads.values(written, "x-by")).containsExactly("route");
        assertThat(Heads.values(written, "x-share")).containsExactly("1");
        assertThat(Heads.values(written, "server")).isEmpty();
        assertThat(Heads.values(written, "keep-alive")).isEmpty();
        assertThat(Heads.values(written, "content-length")).containsExactly("0");
    }

    private static RequestFilters request(HeaderEdits edits) {
        return RequestFilters.of(List.of(new Filter.RequestHeaders(edits)), List.of());
    }

    private static HeaderEdits edits(List<String> set, List<String> add, List<String> remove) {
        return new HeaderEdits(fields(set), fields(add), remove);
    }

    private static List<HeaderField> fields(List<String> lines) {
        return lines.stream()
                .map(line -> Arrays.asList(line.split(": ", 2)))
                .map(parts -> new HeaderField(parts.get(0), parts.get(1)))
                .toList();
    }

    private String forward(RequestHead head, RequestFilters filters) {
        filters.begin(head, out);
        filters.finish(head, out);
        return Heads.written(out);
    }
}
