package dev.moorgate.dataplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.houserules.Arrows;
import org.junit.jupiter.api.Test;

class ArrowsTest {

    private static final String TABLE = "dev.moorgate.routetable";
    private static final String WIRE = "dev.moorgate.routetable.wire";
    private static final String US = "dev.moorgate.dataplane";
    private static final String ADMISSION = US + ".admission";
    private static final String HTTP = US + ".http";
    private static final String HTTP2 = US + ".http2";
    private static final String HPACK = HTTP2 + ".hpack";
    private static final String COMPRESS = US + ".compress";
    private static final String CONTROL = US + ".control";
    private static final String LIVE = US + ".live";
    private static final String LISTEN = US + ".listen";
    private static final String LISTEN_TLS = LISTEN + ".tls";
    private static final String LISTEN_STAPLE = LISTEN + ".staple";
    private static final String LISTEN_QUIC = LISTEN + ".quic";
    private static final String LISTEN_PROXY = LISTEN + ".proxy";
    private static final String FORWARD = US + ".forward";
    private static final String FORWARD_BODY = FORWARD + ".body";
    private static final String FORWARD_CLIENT = FORWARD + ".client";
    private static final String FORWARD_STATE = FORWARD + ".state";
    private static final String RELAY = US + ".relay";
    private static final String ROUTE = US + ".route";
    private static final String FILTER = US + ".filter";
    private static final String BALANCE = US + ".balance";
    private static final String CENSUS = BALANCE + ".census";
    private static final String IMPORTED = BALANCE + ".imported";
    private static final String STEER = BALANCE + ".steer";
    private static final String TOKEN = BALANCE + ".token";
    private static final String HEALTH = BALANCE + ".health";
    private static final String CHECK = US + ".check";
    private static final String UPSTREAM = US + ".upstream";
    private static final String FAILURE = US + ".failure";
    private static final String GRPC = US + ".grpc";
    private static final String OBSERVE = US + ".observe";
    private static final String WEBSOCKET = US + ".websocket";

    private static final String NETTY = "io.netty.";
    private static final String BUFFER = "io.netty.buffer.";
    private static final String NETTY_UTIL = "io.netty.util.";
    private static final String VERTX = "io.vertx.core.";
    private static final String JACKSON = "com.fasterxml.jackson.";
    private static final String METRICS = "io.prometheus.metrics.";
    private static final String BOUNCY_CASTLE = "org.bouncycastle.";
    private static final String ZSTD = "com.github.luben.zstd.";
    private static final String BROTLI = "com.aayushatharva.brotli4j.";
    /** Of the JDK: what it says of its process. */
    private static final String MANAGEMENT = "com.sun.management.";

    private static final String RE2 = "com.google.re2j.";

    @Test
    void packagesDependOnlyOnWhatTheTableAllows() {
        Arrows arrows = new Arrows()
                .allow(
                        US,
                        TABLE,
                        WIRE,
                        HTTP,
                        COMPRESS,
                        CONTROL,
                        LIVE,
                        LISTEN,
                        LISTEN_PROXY,
                        LISTEN_STAPLE,
                        LISTEN_TLS,
                        FORWARD_CLIENT,
                        FORWARD_BODY,
                        FORWARD_STATE,
                        RELAY,
                        ROUTE,
                        FILTER,
                        BALANCE,
                        CENSUS,
                        HEALTH,
                        CHECK,
                        UPSTREAM,
                        FAILURE,
                        OBSERVE,
                        MANAGEMENT,
                        VERTX,
                        NETTY)
                .allow(RELAY, TABLE, FORWARD_STATE, ROUTE, BALANCE, HEALTH, UPSTREAM, FAILURE, OBSERVE, HTTP, NETTY)
                .allow(CONTROL, TABLE, WIRE, LIVE, LISTEN_STAPLE, OBSERVE, VERTX, NETTY, JACKSON)
                .allow(
                        LIVE,
                        TABLE,
                        ADMISSION,
                        COMPRESS,
                        LISTEN,
                        LISTEN_PROXY,
                        LISTEN_QUIC,
                        LISTEN_TLS,
                        FORWARD,
                        FORWARD_STATE,
                        ROUTE,
                        FILTER,
                        BALANCE,
                        HEALTH,
                        CHECK,
                        UPSTREAM,
                        OBSERVE,
                        VERTX,
                        NETTY)
                .allow(LISTEN_PROXY, TABLE, NETTY)
                .allow(LISTEN_QUIC, TABLE, NETTY)
                .allow(GRPC, TABLE, FAILURE, HTTP, BUFFER)
                .allow(CHECK, TABLE, HEALTH, UPSTREAM, HTTP, HTTP2, GRPC, OBSERVE, NETTY)
                .allow(LISTEN_TLS, TABLE, LISTEN_STAPLE, NETTY)
                .allow(LISTEN_STAPLE, OBSERVE, BOUNCY_CASTLE)
                .allow(
                        LISTEN,
                        TABLE,
                        LISTEN_PROXY,
                        LISTEN_QUIC,
                        LISTEN_TLS,
                        FORWARD,
                        HTTP,
                        FAILURE,
                        OBSERVE,
                        VERTX,
                        NETTY)
                .allow(
                        FORWARD_CLIENT,
                        FORWARD,
                        FORWARD_BODY,
                        FORWARD_STATE,
                        LISTEN_QUIC,
                        TABLE,
                        COMPRESS,
                        UPSTREAM,
                        FAILURE,
                        OBSERVE,
                        HTTP,
                        HTTP2,
                        NETTY)
                .allow(
                        FORWARD,
                        HTTP2,
                        GRPC,
                        TABLE,
                        ADMISSION,
                        COMPRESS,
                        FORWARD_BODY,
                        FORWARD_STATE,
                        ROUTE,
                        FILTER,
                        BALANCE,
                        HEALTH,
                        UPSTREAM,
                        WEBSOCKET,
                        FAILURE,
                        OBSERVE,
                        HTTP,
                        VERTX,
                        NETTY)
                .allow(
                        FORWARD_STATE,
                        TABLE,
                        ADMISSION,
                        COMPRESS,
                        FAILURE,
                        FORWARD_BODY,
                        ROUTE,
                        FILTER,
                        BALANCE,
                        UPSTREAM,
                        OBSERVE,
                        HTTP)
                .allow(ADMISSION, TABLE, FAILURE, BOUNCY_CASTLE)
                .allow(WEBSOCKET, BUFFER, NETTY_UTIL)
                .allow(COMPRESS, TABLE, OBSERVE, HTTP, BUFFER, ZSTD, BROTLI)
                .allow(FORWARD_BODY, TABLE, COMPRESS, FILTER, UPSTREAM, OBSERVE, HTTP, GRPC, NETTY)
                .allow(ROUTE, TABLE, HTTP, RE2)
                .allow(FILTER, TABLE, HTTP, RE2)
                .allow(BALANCE, TABLE, CENSUS, HEALTH, IMPORTED, STEER, TOKEN, FAILURE, HTTP)
                .allow(TOKEN, TABLE)
                .allow(IMPORTED, TABLE, HTTP)
                .allow(STEER, TABLE, HTTP, RE2)
                .allow(CENSUS)
                .allow(HEALTH, TABLE)
                .allow(UPSTREAM, TABLE, FAILURE, OBSERVE, HTTP, HTTP2, VERTX, NETTY)
                .allow(OBSERVE, TABLE, FAILURE, HTTP, METRICS)
                .allow(HTTP, FAILURE, BUFFER)
                .allow(HTTP2, HPACK, HTTP, FAILURE, BUFFER)
                .allow(HPACK, HTTP)
                .allow(FAILURE);

        assertThat(arrows.violations(US)).isEmpty();
    }
}
