package dev.moorgate.dataplane.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.http.HeadWriter;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.routetable.Filter;
import dev.moorgate.routetable.ProxySettings.TrustedProxies;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What endpoints read of the client is what we know; a client's own word counts only through trusted peers. */
class ForwardedHeadersTest {
    private static final Entrance HTTPS = new Entrance("https", 443);
    private static final TrustedPeers INNER = networks("10.0.0.0/8", "2001:db8::/32");

    @Test
    void anUntrustedClientIsDescribedByUsAlone() {
        String head = write(
                forwarded(TrustedPeers.NONE, "192.0.2.7"),
                Heads.get(
                        "shop.example",
                        "/",
                        "X-Forwarded-For: 1.2.3.4",
                        "x-forwarded-for: 5.6.7.8",
                        "X-Forwarded-Proto: http",
                        "X-Forwarded-Host: evil",
                        "X-Forwarded-Port: 1",
                        "X-Real-IP: 1.2.3.4",
                        "Forwarded: for=1.2.3.4",
                        "X-Request-Id: mine",
                        "Accept: */*"));

        assertThat(Heads.values(head, "x-forwarded-for")).containsExactly("192.0.2.7");
        assertThat(Heads.values(head, "x-forwarded-proto")).containsExactly("https");
        assertThat(Heads.values(head, "x-forwarded-host")).containsExactly("shop.example");
        assertThat(Heads.values(head, "x-forwarded-port")).containsExactly("443");
        assertThat(Heads.values(head, "x-real-ip")).containsExactly("192.0.2.7");
        assertThat(Heads.values(head, "forwarded")).containsExactly("for=192.0.2.7;host=shop.example;proto=https");
        assertThat(Heads.values(head, "x-request-id"))
                .singleElement()
                .asString()
                .matches("[0-9a-f]{32}");
        assertThat(Heads.values(head, "accept")).containsExactly("*/*");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Original-URL", "X-Rewrite-URL", "Proxy", "SSL-Client-Cert", "ssl-client-verify",
                "X-Forwarded-Client-Cert", "X-Forwarded-Prefix", "X-Original-Host", "X-SSL-Client-CN", "Client-Cert",
                "client-cert-chain", "X-Client-IP", "X-Forwarded-Anything"
            })
    void claimsThatOnlyAProxyMayMakeAreRemoved(String name) {
        RequestHead head = Heads.get("h", "/", name + ": forged", "X-Forwarded: stays", "Sec-Fetch-Mode: stays");

        String written = write(forwarded(TrustedPeers.NONE, "192.0.2.7"), head);

        assertThat(written).doesNotContain("forged");
        assertThat(Heads.values(written, "x-forwarded")).containsExactly("stays");
        assertThat(Heads.values(written, "sec-fetch-mode")).containsExactly("stays");
    }

    @Test
    void aTrustedPeerIsAppendedTo() {
        String head = write(
                forwarded(INNER, "10.1.2.3"),
                Heads.get(
                        "inner.example:8443",
                        "/",
                        "X-Forwarded-For: 198.51.100.1",
                        "X-Forwarded-For: 10.9.9.9",
                        "X-Forwarded-Proto: http",
                        "X-Forwarded-Host: shop.example",
                        "X-Forwarded-Port: 80",
                        "Forwarded: for=198.51.100.1",
                        "X-Forwarded-Client-Cert: kept",
                        "X-Request-Id: abc-1"));

        assertThat(Heads.values(head, "x-forwarded-for")).containsExactly("198.51.100.1, 10.9.9.9, 10.1.2.3");
        assertThat(Heads.values(head, "x-forwarded-proto")).containsExactly("http");
        assertThat(Heads.values(head, "x-forwarded-host")).containsExactly("shop.example");
        assertThat(Heads.values(head, "x-forwarded-port")).containsExactly("80");
        assertThat(Heads.values(head, "x-real-ip")).containsExactly("198.51.100.1");
        assertThat(Heads.values(head, "forwarded"))
                .containsExactly("for=198.51.100.1, for=10.1.2.3;host=\"inner.example:8443\";proto=https");
        assertThat(Heads.values(head, "x-forwarded-client-cert")).containsExactly("kept");
        assertThat(Heads.values(head, "x-request-id")).containsExactly("abc-1");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "no network, no hop            | 0 |                | 192.0.2.7  | 1.1.1.1                       | 192.0.2.7",
                "one hop                       | 1 |                | 192.0.2.7  | 9.9.9.9, 1.1.1.1              | 1.1.1.1",
                "two hops                      | 2 |                | 192.0.2.7  | 8.8.8.8, 9.9.9.9, 1.1.1.1     | 9.9.9.9",
                "more hops than there are      | 5 |                | 192.0.2.7  | 9.9.9.9, 1.1.1.1              | 9.9.9.9",
                "a hop that says nothing       | 1 |                | 192.0.2.7  |                               | 192.0.2.7",
                "a hop that says nonsense      | 1 |                | 192.0.2.7  | unknown                       | 192.0.2.7",
                "rightmost that is not trusted | 0 | 10.0.0.0/8     | 10.0.0.1   | 9.9.9.9, 1.1.1.1, 10.0.0.2    | 1.1.1.1",
                "all trusted                   | 0 | 10.0.0.0/8     | 10.0.0.1   | 10.0.0.3, 10.0.0.2            | 10.0.0.3",
                "peer outside the network      | 0 | 10.0.0.0/8     | 11.0.0.1   | 1.1.1.1                       | 11.0.0.1",
                "hops do not widen networks    | 1 | 10.0.0.0/8     | 11.0.0.1   | 1.1.1.1                       | 11.0.0.1",
                "nonsense ends the search      | 0 | 10.0.0.0/8     | 10.0.0.1   | 1.1.1.1, _hidden, 10.0.0.2    | 10.0.0.2",
                "a port is cut                 | 0 | 10.0.0.0/8     | 10.0.0.1   | 1.1.1.1:4711                  | 1.1.1.1",
                "IPv6 in brackets with port    | 0 | 2001:db8::/32  | 2001:db8::1 | [2001:4860::8]:443           | 2001:4860::8",
                "odd prefix length             | 0 | 10.0.0.0/9     | 10.127.0.1 | 10.128.0.1                    | 10.128.0.1",
                "single address                | 0 | 10.0.0.1       | 10.0.0.1   | 10.0.0.2                      | 10.0.0.2",
            })
    void theClientIsFoundThroughTrustedPeersOnly(
            String law, int hops, String network, String peer, String chain, String expected) {
        TrustedPeers trusted =
                TrustedPeers.of(new TrustedProxies(hops, network == null ? List.of() : List.of(network)));
        String[] fields = chain == null ? new String[0] : new String[] {"X-Forwarded-For: " + chain};

        String client = forwarded(trusted, peer).client(Heads.get("h", "/", fields));

        assertThat(client).as(law).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "2001:db8:0:0:0:0:0:1, 2001:db8::1",
        "::1,                  ::1",
        "::,                   ::",
        "1:0:0:2:0:0:0:3,      1:0:0:2::3",
        "1:0:2:3:4:5:6:7,      1:0:2:3:4:5:6:7",
        "fe80::,               fe80::",
        "1:2:3:4:5:6:0:0,      1:2:3:4:5:6::",
    })
    void ipv6IsWrittenInItsUsualFormAndQuoted(String address, String expected) {
        String head = write(forwarded(TrustedPeers.NONE, address), Heads.get("[::1]:8080", "/"));

        assertThat(Heads.values(head, "x-forwarded-for")).containsExactly(expected);
        assertThat(Heads.values(head, "forwarded"))
                .containsExactly("for=\"[" + expected + "]\";host=\"[::1]:8080\";proto=https");
    }

    @Test
    void filtersMayDecideAboutTheFamily() {
        var set = new Filter.RequestHeaders(new Filter.HeaderEdits(
                List.of(
                        new Filter.HeaderField("x-forwarded-proto", "wss"),
                        new Filter.HeaderField("x-request-id", "fixed")),
                List.of(),
                List.of("forwarded")));
        RequestFilters filters = RequestFilters.of(List.of(set), List.of());
        ForwardedHeaders forwarded = forwarded(TrustedPeers.NONE, "192.0.2.7");
        RequestHead head = Heads.get("h", "/", "X-Forwarded-For: 1.1.1.1");
        HeadWriter out = new HeadWriter();

        filters.begin(head, out);
        byte[] id = requestId(forwarded, head);
        forwarded.write(head, filters.overrides(), out);
        ForwardedHeaders.writeId(id, filters.overrides(), out);
        filters.finish(head, out);
        String written = Heads.written(out);

        assertThat(Heads.values(written, "x-forwarded-proto")).containsExactly("wss");
        assertThat(Heads.values(written, "x-request-id")).containsExactly("fixed");
        assertThat(Heads.values(written, "forwarded")).isEmpty();
        assertThat(Heads.values(written, "x-forwarded-for")).containsExactly("192.0.2.7");
    }

    @Test
    void oneConnectionMayAskForSeveralHosts() {
        ForwardedHeaders forwarded = forwarded(TrustedPeers.NONE, "192.0.2.7");

        for (String host : List.of("a.example", "a.example", "b-2.example", "a.example:81", "[2001:db8::1]:81", "c")) {
            String head = write(forwarded, Heads.get(host, "/"));
            assertThat(Heads.values(head, "x-forwarded-host")).containsExactly(host);
            assertThat(Heads.values(head, "forwarded"))
                    .containsExactly(
                            "for=192.0.2.7;host=" + (host.contains(":") ? '"' + host + '"' : host) + ";proto=https");
            assertThat(Heads.values(head, "x-forwarded-for")).containsExactly("192.0.2.7");
            assertThat(Heads.values(head, "x-forwarded-port")).containsExactly("443");
            assertThat(Heads.values(head, "cdn-loop")).containsExactly("moorgate");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a,b", "a\"b", "", "x\u00e4"})
    void aRequestIdThatIsNotSaneIsReplacedEvenFromATrustedPeer(String id) {
        byte[] made = requestId(forwarded(INNER, "10.0.0.1"), Heads.get("h", "/", "X-Request-Id: " + id));

        assertThat(new String(made, StandardCharsets.US_ASCII)).matches("[0-9a-f]{32}");
    }

    @Test
    void requestIdsDiffer() {
        ForwardedHeaders forwarded = forwarded(TrustedPeers.NONE, "192.0.2.7");
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 1_000; i++) {
            ids.add(Arrays.toString(requestId(forwarded, Heads.get("h", "/"))));
        }

        assertThat(ids).hasSize(1_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "10.0.0/8", "example.com", "::/129", "10.0.0.0/x", "10.0.0.0/"})
    void aNetworkThatIsNoneIsRefused(String network) {
        assertThatIllegalArgumentException().isThrownBy(() -> networks(network)).withMessageContaining(network);
    }

    private static TrustedPeers networks(String... networks) {
        return TrustedPeers.of(new TrustedProxies(0, List.of(networks)));
    }

    private static ForwardedHeaders forwarded(TrustedPeers trusted, String peer) {
        return new ForwardedHeaders(trusted, InetAddress.ofLiteral(peer), HTTPS, null);
    }

    private static byte[] requestId(ForwardedHeaders forwarded, RequestHead head) {
        return forwarded.requestId(head, new byte[ForwardedHeaders.ID_LENGTH]);
    }

    private static String write(ForwardedHeaders forwarded, RequestHead head) {
        HeadWriter out = new HeadWriter().startRequest(head);
        byte[] id = requestId(forwarded, head);
        forwarded.write(head, 0, out);
        ForwardedHeaders.writeId(id, 0, out);
        return Heads.written(out.copyFields(head));
    }
}
