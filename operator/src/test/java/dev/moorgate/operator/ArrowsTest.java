package dev.moorgate.operator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.houserules.Arrows;
import org.junit.jupiter.api.Test;

class ArrowsTest {

    private static final String TABLE = "dev.moorgate.routetable";
    private static final String US = "dev.moorgate.operator";
    private static final String CRD = US + ".crd";
    private static final String CRD_POLICY = US + ".crd.policy";
    private static final String CRD_ROUTE = US + ".crd.route";
    private static final String CRD_UPSTREAM = US + ".crd.upstream";
    private static final String SNAPSHOT = US + ".snapshot";
    private static final String CONDITIONS = US + ".conditions";
    private static final String COMPILE = US + ".compile";
    private static final String STICKY = US + ".compile.sticky";
    private static final String INGRESS = US + ".compile.ingress";
    private static final String FILTER = US + ".compile.filter";
    private static final String SETTINGS = US + ".compile.settings";
    private static final String GATEWAY = US + ".compile.gateway";
    private static final String POLICY = US + ".compile.policy";
    private static final String ROUTE = US + ".compile.route";
    private static final String UPSTREAM = US + ".compile.upstream";
    private static final String ROUTE_POLICY = US + ".compile.routepolicy";
    private static final String PEM = US + ".compile.pem";
    private static final String COMPILE_TLS = COMPILE + ".tls";
    private static final String EXPOSE = US + ".expose";
    private static final String STATUS = US + ".status";
    private static final String SESSIONS = US + ".sessions";
    private static final String WATCH = US + ".watch";
    private static final String PACE = US + ".pace";
    private static final String OUTAGE = US + ".outage";
    private static final String OBSERVE = US + ".observe";

    private static final String PUBLISH = US + ".publish";
    private static final String WIRE = TABLE + ".wire";
    private static final String RELEASE = US + ".release";

    private static final String MODEL = "io.fabric8.";
    private static final String JACKSON = "com.fasterxml.jackson.";
    private static final String RE2 = "com.google.re2j.";
    private static final String VERTX = "io.vertx.";
    private static final String JOSDK = "io.javaoperatorsdk.";
    private static final String METRICS = "io.prometheus.";
    private static final String BOUNCY_CASTLE = "org.bouncycastle.";

    @Test
    void packagesDependOnlyOnWhatTheTableAllows() {
        Arrows arrows = new Arrows()
                .allow(CRD, CRD_POLICY, CRD_ROUTE, CRD_UPSTREAM, MODEL, JACKSON)
                .allow(CRD_UPSTREAM, CRD, CRD_POLICY, MODEL, JACKSON)
                .allow(CRD_POLICY, CRD, MODEL, JACKSON)
                .allow(CRD_ROUTE, CRD, CRD_POLICY, MODEL, JACKSON)
                .allow(SNAPSHOT, CRD, CRD_ROUTE, CRD_UPSTREAM, TABLE, MODEL, JACKSON)
                .allow(CONDITIONS, TABLE)
                .allow(PUBLISH, TABLE, WIRE, VERTX)
                .allow(RELEASE, PUBLISH, TABLE, MODEL, BOUNCY_CASTLE)
                .allow(
                        COMPILE,
                        SNAPSHOT,
                        CRD,
                        CONDITIONS,
                        TABLE,
                        INGRESS,
                        GATEWAY,
                        STICKY,
                        POLICY,
                        ROUTE_POLICY,
                        UPSTREAM,
                        FILTER,
                        SETTINGS,
                        PEM,
                        MODEL,
                        RE2)
                .allow(POLICY, COMPILE, ROUTE, SNAPSHOT, CRD, CRD_POLICY, CONDITIONS, TABLE, MODEL)
                .allow(STICKY, COMPILE, POLICY, ROUTE, UPSTREAM, SNAPSHOT, CRD, CONDITIONS, TABLE, MODEL, RE2)
                .allow(UPSTREAM, COMPILE, POLICY, SNAPSHOT, CRD, CRD_UPSTREAM, CONDITIONS, TABLE, MODEL)
                .allow(FILTER, COMPILE, SNAPSHOT, CRD, CONDITIONS, TABLE, MODEL, RE2)
                .allow(SETTINGS, COMPILE, SNAPSHOT, CRD, CONDITIONS, TABLE, MODEL)
                .allow(
                        INGRESS,
                        COMPILE,
                        COMPILE_TLS,
                        ROUTE,
                        ROUTE_POLICY,
                        UPSTREAM,
                        STICKY,
                        SNAPSHOT,
                        CRD,
                        CONDITIONS,
                        TABLE,
                        MODEL,
                        RE2)
                .allow(ROUTE_POLICY, COMPILE, POLICY, UPSTREAM, SNAPSHOT, CRD, CRD_ROUTE, CONDITIONS, TABLE, MODEL)
                .allow(PEM, TABLE)
                .allow(COMPILE_TLS, COMPILE, CRD, CONDITIONS, TABLE, MODEL)
                .allow(EXPOSE, COMPILE, SNAPSHOT, TABLE, MODEL)
                .allow(SESSIONS, CRD, PUBLISH, TABLE, WIRE, JACKSON)
                .allow(
                        STATUS,
                        COMPILE,
                        CONDITIONS,
                        CRD,
                        EXPOSE,
                        PUBLISH,
                        SESSIONS,
                        SNAPSHOT,
                        TABLE,
                        WIRE,
                        MODEL,
                        JACKSON)
                .allow(OUTAGE, SNAPSHOT, MODEL)
                .allow(PACE, JOSDK)
                .allow(
                        WATCH,
                        OUTAGE,
                        PACE,
                        JOSDK,
                        COMPILE,
                        CONDITIONS,
                        CRD,
                        CRD_ROUTE,
                        CRD_UPSTREAM,
                        EXPOSE,
                        PUBLISH,
                        SNAPSHOT,
                        STATUS,
                        TABLE,
                        MODEL)
                .allow(OBSERVE, JOSDK, WATCH, COMPILE, CONDITIONS, TABLE, MODEL, METRICS, "com.sun.net.httpserver")
                .allow(
                        US,
                        JOSDK,
                        TABLE,
                        COMPILE,
                        EXPOSE,
                        OBSERVE,
                        PUBLISH,
                        RELEASE,
                        SNAPSHOT,
                        STATUS,
                        WATCH,
                        OUTAGE,
                        PACE,
                        CONDITIONS,
                        MODEL,
                        VERTX)
                .allow(ROUTE, COMPILE, ROUTE_POLICY, UPSTREAM, STICKY, SNAPSHOT, CRD, CONDITIONS, TABLE, MODEL, RE2)
                .allow(
                        GATEWAY,
                        COMPILE,
                        COMPILE_TLS,
                        ROUTE,
                        ROUTE_POLICY,
                        UPSTREAM,
                        STICKY,
                        SNAPSHOT,
                        CRD,
                        CONDITIONS,
                        TABLE,
                        MODEL,
                        RE2);

        assertThat(arrows.violations(US)).isEmpty();
    }
}
