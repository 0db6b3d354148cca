package dev.moorgate.dataplane.forward.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.RawClient;
import dev.moorgate.dataplane.kit.RawClient.Answer;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.Sticky;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteMatch;
import dev.moorgate.routetable.RouteMatch.PathMatch;
import dev.moorgate.routetable.RoutePolicy;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Sessions that replicas with other keys share while keys change, and that policies of a group share, over sockets. */
class SharedSessionsTest {
    private static String cookie(Answer answer) {
        return answer.field("set-cookie").split(";", 2)[0];
    }

    private static Answer get(RawClient client, String path, String cookie) {
        client.sendHead("GET " + path + " HTTP/1.1", "Host: shop.example", "Cookie: " + cookie);
        return client.readAnswer();
    }

    // ------------------------------------------------------------------ signing.rotation

    /** The steps of a rotation as every replica takes them, one after the other: learn, sign, forget. */
    @Test
    void aSessionOutlivesEveryStepOfARotationAndItsCookieIsHonouredByReplicasAStepBehind() {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var three = ScriptedUpstream.answering("three");
                var proxy = ProxyUnderTest.start(Sticky.signedWith(List.of("k1"), one, two, three));
                var behind = ProxyUnderTest.start(Sticky.signedWith(List.of("k1"), one, two, three));
                var client = proxy.connect();
                var other = behind.connect()) {
            Answer first = client.get("/");
            String cookie = cookie(first);
            assertThat(cookie).startsWith("mg=v1.k1.");
            for (List<String> step : List.of(List.of("k1", "k2"), List.of("k2", "k1"))) {
                proxy.install(Sticky.signedWith(step, one, two, three));

                Answer next = get(client, "/", cookie);
                assertThat(next.body()).as("%s", step).isEqualTo(first.body());
                cookie = next.has("set-cookie") ? cookie(next) : cookie;
                assertThat(cookie).as("signed by the first").startsWith("mg=v1." + step.getFirst() + ".");

                assertThat(get(other, "/", cookie).body())
                        .as("%s, a step behind", step)
                        .isEqualTo(first.body());
                behind.install(Sticky.signedWith(step, one, two, three));
            }
            proxy.install(Sticky.signedWith(List.of("k2"), one, two, three));
            assertThat(get(client, "/", cookie).body()).isEqualTo(first.body());
        }
    }

    @Test
    void aCookieOfAKeyThatIsGoneBeginsASessionAnewWithoutAnError() {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var proxy = ProxyUnderTest.start(Sticky.signedWith(List.of("k1"), one, two));
                var client = proxy.connect()) {
            String old = cookie(client.get("/"));
            proxy.install(Sticky.signedWith(List.of("k2"), one, two));

            Set<String> homes = new HashSet<>();
            for (int i = 0; i < 4; i++) {
                Answer anew = get(client, "/", old);
                assertThat(anew.status()).isEqualTo(200);
                assertThat(cookie(anew)).startsWith("mg=v1.k2.");
                homes.add(anew.body());
                assertThat(get(client, "/", cookie(anew)).body()).isEqualTo(anew.body());
            }
            assertThat(homes).as("it binds nobody").hasSize(2);
        }
    }

    // ------------------------------------------------------------------ share: Group

    @Test
    void whatTwoPoliciesOfAGroupDoForAClientTheyDoOnOneEndpointWithOneCookie() {
        try (var one = ScriptedUpstream.answering("one");
                var two = ScriptedUpstream.answering("two");
                var three = ScriptedUpstream.answering("three");
                var proxy = ProxyUnderTest.start(
                        Sticky.to(one, two, three).route(sharing("/cart")).route(sharing("/checkout")));
                var client = proxy.connect()) {
            Set<String> homes = new HashSet<>();
            for (int i = 0; i < 6; i++) {
                Answer cart = client.get("/cart");
                homes.add(cart.body());
                Answer checkout = get(client, "/checkout", cookie(cart));
                assertThat(checkout.body()).isEqualTo(cart.body());
                assertThat(checkout.has("set-cookie")).isFalse();
            }
            assertThat(homes).hasSize(3);
        }
    }

    /** As the compiler makes them of two policies of a group: each names the group's session. */
    private static Route sharing(String path) {
        return new Route(
                "route" + path,
                Setup.SOURCE,
                RouteMatch.path(PathMatch.prefix(path)),
                List.of(),
                new Forward(
                        List.of(WeightedUpstream.to(Setup.UPSTREAM)),
                        Optional.of(Sticky.plain().id())),
                RoutePolicy.STANDARD);
    }
}
