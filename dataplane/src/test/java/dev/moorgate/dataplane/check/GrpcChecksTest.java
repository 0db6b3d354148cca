package dev.moorgate.dataplane.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.balance.health.EndpointState;
import dev.moorgate.dataplane.kit.Await;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.ProxyUnderTest;
import dev.moorgate.dataplane.kit.ScriptedUpstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.kit.TlsCertificate;
import dev.moorgate.routetable.Upstream.HealthCheck;
import dev.moorgate.routetable.Upstream.Protocol;
import dev.moorgate.routetable.Upstream.UpstreamTls;
import io.netty.handler.codec.http2.Http2Error;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Checks of endpoints that speak HTTP/2: by gRPC's health service, and by a GET. */
class GrpcChecksTest {
    private static final String SERVING = "\0\0\0\0\2\10\1";
    private static final String NOT_SERVING = "\0\0\0\0\2\10\2";

    private static HealthCheck check(HealthCheck.Kind kind, String path, String bodyContains) {
        return new HealthCheck(
                kind,
                path,
                Optional.empty(),
                List.of(),
                bodyContains,
                Checks.INTERVAL,
                Duration.ofSeconds(1),
                1,
                1,
                false);
    }

    private static Setup asking(Http2Upstream upstream, String service) {
        return Setup.toPorts(upstream.port())
                .protocol(Protocol.H2C)
                .healthCheck(check(HealthCheck.Kind.GRPC, service, ""));
    }

    private static void says(Http2Upstream.Call call, String message) {
        call.head(200, false, "content-type", "application/grpc")
                .data(message, false)
                .trailers("grpc-status", "0");
    }

    /** One check runs; answers what it found. */
    private static EndpointState checked(ProxyUnderTest proxy) {
        proxy.clock().advance(Duration.ofSeconds(1));
        Await.until("a check", () -> proxy.healthMetrics().contains("moorgate_upstream_checks_total"));
        return proxy.endpoint(Setup.UPSTREAM, "app-0");
    }

    private static String why(Consumer<Http2Upstream.Call> script) {
        try (var upstream = Http2Upstream.running(script);
                var proxy = ProxyUnderTest.start(asking(upstream, ""))) {
            EndpointState state = checked(proxy);
            assertThat(state.isCheckFailed()).isTrue();
            return state.why();
        }
    }

    @Test
    void aServerThatServesPasses() {
        try (var upstream = Http2Upstream.running(call -> says(call, SERVING));
                var proxy = ProxyUnderTest.start(asking(upstream, "shop.Cart"))) {
            assertThat(checked(proxy).isCheckFailed()).isFalse();
            assertThat(proxy.healthMetrics()).contains("outcome=\"passed\"");
            var call = upstream.calls().getFirst();
            assertThat(call.field(":method")).isEqualTo("POST");
            assertThat(call.field(":path")).isEqualTo("/grpc.health.v1.Health/Check");
            assertThat(call.field(":authority")).isEqualTo("127.0.0.1:" + upstream.port());
            assertThat(call.field("content-type")).isEqualTo("application/grpc");
            assertThat(call.field("te")).isEqualTo("trailers");
            assertThat(call.field("grpc-timeout")).isEqualTo("1000m");
            assertThat(call.content()).isEqualTo("\0\0\0\0\13\n\11shop.Cart");
            Await.until("the connection to end", () -> upstream.openConnections() == 0);
        }
    }

    @Test
    void everyOtherAnswerFailsAndSaysWhy() {
        assertThat(why(call -> says(call, NOT_SERVING))).isEqualTo("NOT_SERVING");
        assertThat(why(call -> says(call, "x"))).isEqualTo("no message that can be read");
        assertThat(why(call -> call.head(200, true, "grpc-status", "12"))).isEqualTo("grpc-status UNIMPLEMENTED");
        assertThat(why(call -> call.head(200, true))).isEqualTo("no grpc-status");
        assertThat(why(call -> call.answer(503, "no"))).isEqualTo("status 503");
        assertThat(why(call -> call.reset(Http2Error.REFUSED_STREAM)))
                .isEqualTo("the endpoint reset the check: refused_stream");
        assertThat(why(Http2Upstream.Call::cut)).isEqualTo("the endpoint closed the connection");
    }

    @Test
    void anEndpointThatDoesNotSpeakHttp2Fails() {
        try (var upstream = ScriptedUpstream.answeringRaw("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
                var proxy =
                        ProxyUnderTest.start(Setup.to(upstream).healthCheck(check(HealthCheck.Kind.GRPC, "", "")))) {
            EndpointState state = checked(proxy);
            assertThat(state.isCheckFailed()).isTrue();
            assertThat(state.why()).isEqualTo("the answer is not HTTP/2");
        }
    }

    @Test
    void anEndpointThatDoesNotAnswerFailsInTime() {
        try (var upstream = Http2Upstream.running(_ -> {});
                var proxy = ProxyUnderTest.start(asking(upstream, ""))) {
            proxy.clock().advance(Duration.ofSeconds(1));
            Await.until("the call", () -> upstream.calls().size() == 1);
            proxy.clock().advance(Duration.ofMillis(1_100));
            Await.until(
                    "the check to fail",
                    () -> proxy.endpoint(Setup.UPSTREAM, "app-0").isCheckFailed());
            assertThat(proxy.endpoint(Setup.UPSTREAM, "app-0").why()).isEqualTo("no outcome within 1000 ms");
        }
    }

    @ParameterizedTest(name = "requests in {0}")
    @EnumSource(
            value = Protocol.class,
            names = {"H2", "HTTP1"})
    void overTlsTheCheckAsksForHttp2WhateverRequestsSpeak(Protocol protocol) {
        var certificate = TlsCertificate.of("cart.internal");
        var tls = new UpstreamTls(
                "cart.internal", Optional.of(certificate.certificatePem()), List.of(), Optional.empty());
        try (var upstream = Http2Upstream.securedBy(certificate.negotiatingContext("h2"), call -> says(call, SERVING));
                var proxy = ProxyUnderTest.start(Setup.toPorts(upstream.port())
                        .protocol(protocol)
                        .upstreamTls(tls)
                        .healthCheck(check(HealthCheck.Kind.GRPC, "", "")))) {
            EndpointState state = checked(proxy);
            assertThat(state.why()).isEmpty();
            assertThat(state.isCheckFailed()).isFalse();
            assertThat(upstream.calls()).hasSize(1);
        }
    }

    @Test
    void aGetIsAskedInHttp2WhereRequestsAre() {
        try (var upstream = Http2Upstream.running(
                        call -> call.head(200, false).data("all ", false).data("well", true));
                var proxy = ProxyUnderTest.start(Setup.toPorts(upstream.port())
                        .protocol(Protocol.H2C)
                        .healthCheck(check(HealthCheck.Kind.HTTP, "/healthz?deep=1", "all well")))) {
            assertThat(checked(proxy).isCheckFailed()).isFalse();
            var call = upstream.calls().getFirst();
            assertThat(call.field(":method")).isEqualTo("GET");
            assertThat(call.field(":path")).isEqualTo("/healthz?deep=1");
        }
    }

    @Test
    void aGetWhoseStatusOrBodyIsWrongFails() {
        assertThat(whyNot(call -> call.answer(500, "x"), "")).isEqualTo("status 500");
        assertThat(whyNot(call -> call.answer(200, "sick"), "well"))
                .isEqualTo("the body does not contain what it should");
        assertThat(whyNot(call -> call.answer(204, ""), "well")).isEqualTo("the body does not contain what it should");
    }

    private static String whyNot(Consumer<Http2Upstream.Call> script, String body) {
        try (var upstream = Http2Upstream.running(script);
                var proxy = ProxyUnderTest.start(Setup.toPorts(upstream.port())
                        .protocol(Protocol.H2C)
                        .healthCheck(check(HealthCheck.Kind.HTTP, "/", body)))) {
            EndpointState state = checked(proxy);
            assertThat(state.isCheckFailed()).isTrue();
            return state.why();
        }
    }
}
