package dev.moorgate.dataplane.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** Looking at fields, cookies and parameters, and leaving fields out. */
class FieldLinesTest {
    private static final String START = "GET / HTTP/1.1\r\nHost: h\r\n";

    @Test
    void aFieldIsFoundByNumberAndByNameInAnyCase() {
        RequestHead head =
                Feed.request(START + "X-FORWARDED-For: 1\r\nX-Own: \t a b \t\r\nx-own:c\r\nX-Empty:\r\n\r\n");

        assertThat(head.fieldId(1)).isEqualTo(Fields.X_FORWARDED_FOR);
        assertThat(head.fieldId(2)).isEqualTo(Fields.OTHER);
        assertThat(head.indexOf(Fields.X_FORWARDED_FOR)).isEqualTo(1);
        assertThat(head.indexOf(Fields.COOKIE)).isEqualTo(-1);
        assertThat(head.firstValue("x-own")).isEqualTo("a b");
        assertThat(head.joinedValue("x-own")).isEqualTo("a b, c");
        assertThat(head.firstValue("x-empty")).isEmpty();
        assertThat(head.firstValue("x-none")).isNull();
        assertThat(head.joinedValue("x-none")).isNull();
        assertThat(head.firstValue(Fields.HOST)).isEqualTo("h");
        assertThat(head.nameString(1)).isEqualTo("X-FORWARDED-For");
        assertThat(head.nameEquals(3, "x-own")).isTrue();
        assertThat(head.nameEquals(3, Feed.latin("x-ow"))).isFalse();
        assertThat(head.valueEquals(3, Feed.latin("c"))).isTrue();
    }

    @Test
    void everyKnownNameHasItsNumberInAnyCase() {
        for (int id = 1; id < Fields.COUNT; id++) {
            String name = Fields.name(id);

            assertThat(idAsReceived(name)).isEqualTo(id);
            assertThat(idAsReceived(name.toUpperCase(Locale.ROOT))).isEqualTo(id);
            assertThat(Fields.idOf(name)).isEqualTo(id);
            assertThat(idAsReceived(name + "z")).isEqualTo(Fields.OTHER);
            for (int i = 0; i < name.length(); i++) {
                String other = name.substring(0, i) + '!' + name.substring(i + 1);
                assertThat(idAsReceived(other)).as(other).isEqualTo(Fields.OTHER);
            }
        }
        assertThat(Fields.idOf("x-unheard-of")).isEqualTo(Fields.OTHER);
        assertThat(Fields.idOf("")).isEqualTo(Fields.OTHER);
    }

    private static int idAsReceived(String name) {
        String value = name.equalsIgnoreCase("transfer-encoding") ? ": chunked" : ": 1";
        return Feed.response("HTTP/1.1 200 OK\r\n" + name + value + "\r\n\r\n", Methods.GET)
                .fieldId(0);
    }

    @Test
    void hopByHopAndNominatedFieldsAndUnderscoresAreNeitherSeenNorForwarded() {
        String lines = String.join(
                "\r\n",
                List.of(
                        "Connection: X-Forwarded-For, cookie ,Host,Content-Length,, close",
                        "X-Forwarded-For: 1",
                        "Cookie: a=b",
                        "Content-Length: 1",
                        "X_Real_IP: 1",
                        "TE: trailers",
                        "Keep-Alive: 1",
                        "Proxy-Connection: x",
                        "Upgrade: h2c",
                        "HTTP2-Settings: AA",
                        "Proxy: evil",
                        "Proxy-Authorization: b",
                        "A: b",
                        "",
                        ""));
        RequestHead head = Feed.request(START + lines);

        assertThat(Feed.forwarded(head)).isEqualTo(START + "Content-Length: 1\r\nA: b\r\n\r\n");
        assertThat(head.keepAlive()).isFalse();
        assertThat(head.bodyKind()).isEqualTo(BodyKind.LENGTH);
        assertThat(head.isWebSocket()).isFalse();
        assertThat(head.firstValue("x-forwarded-for")).isNull();
        assertThat(head.firstValue("x_real_ip")).isNull();
        assertThat(head.cookie("a")).isNull();
    }

    @Test
    void whatAFilterDropsComesBackForAnotherTry() {
        RequestHead head = Feed.request(START + "Via: 1\r\nX-A: 1\r\nVia: 2\r\nx-a: 2\r\nTE: x\r\n\r\n");

        head.dropAll(Fields.mask(Fields.VIA, Fields.ORIGIN));
        head.dropAll("x-a");
        assertThat(Feed.forwarded(head)).isEqualTo(START + "\r\n");
        assertThat(head.firstValue("via")).isNull();

        head.restore();
        assertThat(Feed.forwarded(head)).isEqualTo(START + "Via: 1\r\nX-A: 1\r\nVia: 2\r\nx-a: 2\r\n\r\n");
    }

    @Test
    void cookiesAreFoundWithoutSplitting() {
        RequestHead head = Feed.request(START
                + "Cookie: a=1; sid=x=y;;  sid = no;sid=\"q\" ; sidx=no\r\nCookie: b=2; sid=; xsid=no; sid\r\n\r\n");

        assertThat(head.cookie("sid")).isEqualTo("x=y");
        assertThat(head.cookie("b")).isEqualTo("2");
        assertThat(head.cookie("SID")).isNull();
        List<String> values = new ArrayList<>();
        CookieScan scan = new CookieScan(head, "sid");
        for (String value = scan.nextValue(); value != null; value = scan.nextValue()) {
            values.add(value);
        }
        assertThat(values).containsExactly("x=y", "\"q\"", "");
    }

    @Test
    void aCookieIsTakenOutAndTheOthersKept() {
        RequestHead head = Feed.request(START + "Cookie: a=1; sid=x; b=2\r\nCookie: sid=y\r\nCookie: c=3;\r\n\r\n");

        byte[] left = CookieScan.strip(head, "sid");

        assertThat(left).isEqualTo(Feed.latin("a=1; b=2; c=3"));
        assertThat(head.indexOf(Fields.COOKIE)).isEqualTo(-1);
    }

    @Test
    void cookiesStayUntouchedWhereNothingHasToGo() {
        RequestHead head = Feed.request(START + "Cookie: a=1\r\n\r\n");

        assertThat(CookieScan.strip(head, "sid")).isNull();
        assertThat(head.cookie("a")).isEqualTo("1");
    }

    @Test
    void aLoneCookieThatGoesLeavesNothing() {
        RequestHead head = Feed.request(START + "Cookie: sid=1;\r\n\r\n");

        assertThat(CookieScan.strip(head, "sid")).isNull();
        assertThat(Feed.forwarded(head)).isEqualTo(START + "\r\n");
    }

    @Test
    void aParameterIsDecodedOnceAndTheFirstCounts() {
        String query = "a=1&b&a=2&%63=3&d=x%20y+z&e=%C3%A9&f=%zz%4&=g&h=i=j&&k=%2525";

        assertThat(QueryString.first(query, "a")).isEqualTo("1");
        assertThat(QueryString.first(query, "b")).isEmpty();
        assertThat(QueryString.first(query, "c")).isEqualTo("3");
        assertThat(QueryString.first(query, "d")).isEqualTo("x y z");
        assertThat(QueryString.first(query, "e")).isEqualTo("\u00e9");
        assertThat(QueryString.first(query, "f")).isEqualTo("%zz%4");
        assertThat(QueryString.first(query, "h")).isEqualTo("i=j");
        assertThat(QueryString.first(query, "k")).isEqualTo("%25");
        assertThat(QueryString.first(query, "z")).isNull();
        assertThat(QueryString.first("", "z")).isNull();
        assertThat(QueryString.first(null, "z")).isNull();
    }
}
