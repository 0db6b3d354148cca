package dev.moorgate.dataplane.balance;

import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.fuzz.FuzzTarget;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.routetable.Forward;
import dev.moorgate.routetable.Forward.WeightedUpstream;
import dev.moorgate.routetable.KeyRing.Algorithm;
import dev.moorgate.routetable.StickySession;
import dev.moorgate.routetable.StickySession.AppCookie;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Cookies of strangers: each begins a session, unless it holds a token that we made. In an input {@code @} stands for one, and {@code ^}
 * with a character for one that is changed at the place that the character's number names.
 */
public final class TokenFuzz implements FuzzTarget {
    private static final Upstream CART = Pools.upstream("shop/cart/80", Balancing.ROUND_ROBIN);

    private final RouteBalancer balancer = RouteBalancer.of(new Forward(
            List.of(new WeightedUpstream(Optional.of(CART.name()), 1, List.of(), Optional.of("s"))), Optional.empty()));
    private final BalanceState state;
    private final BalanceState following;
    private final String token;

    public TokenFuzz() {
        StickySession session = Sessions.session("s").made();
        state = state(session);
        following =
                state(session.beginning(List.of(), Optional.of(new AppCookie("app", Optional.of(Duration.ofHours(1)))))
                        .leaving(false, Duration.ZERO, true)
                        .carried(Optional.empty(), Algorithm.HMAC_SHA256));
        token = Objects.requireNonNull(
                balancer.pick(state, Pools.attempts()).session().newToken());
    }

    private static BalanceState state(StickySession session) {
        return new BalanceState(
                Map.of(CART.name(), new EndpointRegistry(() -> 1).set(CART, Pools.ready(5))),
                Map.of("s", Sessions.instance(new Sessions.Clock()).policy(session, Sessions.ring("k1"))));
    }

    @Override
    public List<byte[]> seeds() {
        return List.of(
                latin("moor=@"),
                latin("app=x; moor=@"),
                latin("app=; moor=@; app=\"Max-Age=0\""),
                latin("a=b; moor=\"@\"; c=d"),
                latin("moor=v1.k1.; moor=^0; moor=^z; moor=^!"),
                latin("moor=v1.k1." + "A".repeat(8_000)));
    }

    private static byte[] latin(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private String changed(int place) {
        StringBuilder changed = new StringBuilder(token);
        int at = place % token.length();
        changed.setCharAt(at, token.charAt(at) == 'A' ? 'B' : 'A');
        return changed.toString();
    }

    @Override
    public void feed(byte[] input) {
        String cookies = Pattern.compile("\\^(.)")
                .matcher(new String(input, StandardCharsets.ISO_8859_1).replace("@", token))
                .replaceAll(found -> changed(found.group(1).charAt(0)));
        RequestHead head = new RequestHead();
        byte[] request = latin("GET / HTTP/1.1\r\nHost: h\r\nCookie: " + cookies + "\r\n\r\n");
        if (head.parse(Unpooled.wrappedBuffer(request), HeadLimits.STANDARD) != Progress.COMPLETE) {
            return;
        }
        SessionOutcome outcome = balancer.pick(state, new Attempts().begin(head, "192.0.2.1"))
                .session()
                .outcome();
        SessionUse use = balancer.pick(following, new Attempts().begin(head, "192.0.2.1"))
                .session();
        ResponseHead answer = new ResponseHead();
        byte[] setting = latin("HTTP/1.1 200 OK\r\nSet-Cookie: app=" + cookies + "\r\n\r\n");
        if (answer.parse(Unpooled.wrappedBuffer(setting), HeadLimits.STANDARD, Methods.GET) == Progress.COMPLETE) {
            use.follow(answer);
        }
        if (use.outcome() == SessionOutcome.RESUMED && !cookies.contains(token)) {
            throw new IllegalStateException("followed without our token: " + cookies);
        }
        if (outcome == SessionOutcome.RESUMED && !cookies.contains(token)) {
            throw new IllegalStateException("resumed without our token: " + cookies);
        }
    }
}
