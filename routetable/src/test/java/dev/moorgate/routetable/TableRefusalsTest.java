package dev.moorgate.routetable;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.StickySession.Token;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A table that could not be installed cannot be made: what stands twice, unsorted or names what is absent is refused. */
class TableRefusalsTest {
    private static final SourceRef SOURCE = SourceRef.of("Service", "shop", "cart");
    private static final Duration SECOND = Duration.ofSeconds(1);

    private static Arguments refused(String message, Supplier<?> making) {
        return Arguments.of(message, making);
    }

    static Stream<Arguments> listeners() {
        return Stream.of(
                refused("listener name must not be blank", () -> listener("", 80, 0, 80, Listener.Protocol.HTTP)),
                refused("port must be 1 to 65535, not 0", () -> listener("l", 0, 0, 80, Listener.Protocol.HTTP)),
                refused("bindPort must be 0 to 65535, not -1", () -> listener("l", 80, -1, 80, Listener.Protocol.HTTP)),
                refused("publicPort must be 1 to 65535, not 0", () -> listener("l", 80, 0, 0, Listener.Protocol.HTTP)),
                refused(
                        "listener l: tls belongs to HTTPS and TLS listeners, and only to them",
                        () -> listener("l", 80, 0, 80, Listener.Protocol.HTTPS)),
                refused(
                        "virtual hosts of listener l has ANY * twice",
                        () -> listener("l", 80, 0, 80, Listener.Protocol.HTTP, host(), host())),
                refused("route name must not be blank", () -> route("", Forward.NOWHERE)),
                refused(
                        "routes of host * has r twice",
                        () -> host(route("r", Forward.NOWHERE), route("r", Forward.NOWHERE))),
                refused(
                        "server names has EXACT a twice",
                        () -> new ListenerTls(
                                List.of(serverName("a"), serverName("a")),
                                Optional.empty(),
                                Optional.empty(),
                                ListenerTls.Version.TLS_1_2,
                                List.of())),
                refused(
                        "server name mail.example.com is passed through: it has neither certificates nor a policy",
                        () -> passedThrough(List.of("c"), Optional.empty())),
                refused(
                        "server name mail.example.com is passed through: it has neither certificates nor a policy",
                        () -> passedThrough(List.of(), Optional.of(ListenerTls.Policy.MODERN))),
                refused(
                        "listener l: only a TLS listener passes connections through",
                        () -> new Listener(
                                "l",
                                SOURCE,
                                Listener.Protocol.HTTPS,
                                443,
                                "",
                                0,
                                443,
                                Optional.of(new ListenerTls(
                                        List.of(ListenerTls.ServerName.passedThrough(HostPattern.ANY)),
                                        Optional.empty(),
                                        Optional.empty(),
                                        ListenerTls.Version.TLS_1_2,
                                        List.of())),
                                List.of())),
                refused("caCertificates must not be blank", () -> new ListenerTls.ClientValidation("", true)));
    }

    private static ListenerTls.ServerName passedThrough(
            List<String> certificates, Optional<ListenerTls.Policy> policy) {
        return new ListenerTls.ServerName(
                HostPattern.exact("mail.example.com"), ListenerTls.Mode.PASSTHROUGH, certificates, policy);
    }

    static Stream<Arguments> references() {
        return Stream.of(
                refused(
                        "listeners must be sorted and unique: a follows b",
                        () -> table(List.of(plain("b", Forward.NOWHERE), plain("a", Forward.NOWHERE)), List.of())),
                refused(
                        "upstreams must be sorted and unique: a follows a",
                        () -> table(List.of(), List.of(Upstream.http("a", SOURCE), Upstream.http("a", SOURCE)))),
                refused(
                        "route r names upstream u, which is absent",
                        () -> table(List.of(plain("a", to(Optional.empty()))), List.of())),
                refused(
                        "route r names session s, which is absent",
                        () -> table(List.of(plain("a", new Forward(List.of(), Optional.of("s")))), List.of())),
                refused(
                        "route r names session s, which is absent",
                        () -> table(List.of(plain("a", to(Optional.of("s")))), List.of(Upstream.http("u", SOURCE)))),
                refused(
                        "session s names key ring r, which is absent",
                        () -> new RouteTable(
                                ProxySettings.STANDARD,
                                List.of(),
                                List.of(),
                                List.of(session("s", "r", SECOND)),
                                List.of(),
                                List.of())),
                refused(
                        "listener a names certificate x, which is absent",
                        () -> table(List.of(https(Optional.of("x"))), List.of())),
                refused(
                        "listener a names certificate c, which is absent",
                        () -> table(List.of(https(Optional.empty())), List.of())));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"listeners", "references"})
    void refusalNamesTheField(String message, Supplier<?> making) {
        assertThatIllegalArgumentException().isThrownBy(making::get).withMessage(message);
    }

    private static StickySession session(String id, String ring, Duration wait) {
        return new StickySession(
                id,
                SOURCE,
                new Token.Header("x-session"),
                StickySession.Binding.POD_UID,
                ring,
                Optional.empty(),
                Optional.empty(),
                StickySession.Unhealthy.REBALANCE,
                wait,
                StickySession.Draining.KEEP,
                StickySession.EmptyPool.REPOOL,
                StickySession.ZeroWeight.MOVE,
                true,
                true);
    }

    private static Route route(String name, Forward forward) {
        return new Route(name, SOURCE, RouteMatch.path(PathMatch.ALL), List.of(), forward, RoutePolicy.STANDARD);
    }

    private static VirtualHost host(Route... routes) {
        return new VirtualHost(HostPattern.ANY, "", List.of(routes), VirtualHost.Unmatched.NOT_FOUND);
    }

    private static Listener listener(
            String name, int port, int bind, int shown, Listener.Protocol protocol, VirtualHost... hosts) {
        return new Listener(name, SOURCE, protocol, port, "", bind, shown, Optional.empty(), List.of(hosts));
    }

    private static Listener plain(String name, Forward forward) {
        return listener(name, 80, 0, 80, Listener.Protocol.HTTP, host(route("r", forward)));
    }

    private static Forward to(Optional<String> session) {
        return new Forward(List.of(new WeightedUpstream(Optional.of("u"), 1, List.of(), session)), Optional.empty());
    }

    private static ListenerTls.ServerName serverName(String host) {
        return ListenerTls.ServerName.terminated(HostPattern.exact(host), List.of("c"));
    }

    private static Listener https(Optional<String> fallback) {
        var tls = new ListenerTls(
                List.of(serverName("a")), fallback, Optional.empty(), ListenerTls.Version.TLS_1_2, List.of());
        return new Listener("a", SOURCE, Listener.Protocol.HTTPS, 443, "", 0, 443, Optional.of(tls), List.of());
    }

    private static RouteTable table(List<Listener> listeners, List<Upstream> upstreams) {
        return new RouteTable(ProxySettings.STANDARD, listeners, upstreams, List.of(), List.of(), List.of());
    }
}
