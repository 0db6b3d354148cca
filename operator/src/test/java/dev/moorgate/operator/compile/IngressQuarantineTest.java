package dev.moorgate.operator.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.routetable.Listener;
import dev.moorgate.routetable.Route;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.VirtualHost;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One bad Ingress, StickyPolicy or RouteFilter among good ones leaves their routes, sessions, certificates and statuses as they were. */
class IngressQuarantineTest {
    private static final String GOOD = """
            apiVersion: networking.k8s.io/v1
            kind: IngressClass
            metadata: {name: moorgate}
            spec: {controller: moorgate.dev/ingress-controller}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {namespace: shop, name: good, annotations: {moorgate.dev/ssl-redirect: "true"}}
            spec:
              ingressClassName: moorgate
              tls: [{hosts: [shop.example.com], secretName: shop-tls}]
              rules:
                - host: shop.example.com
                  http:
                    paths:
                      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
                      - {path: /cart, pathType: Exact, backend: {service: {name: cart, port: {name: http}}}}
                - http:
                    paths: [{path: /any, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {namespace: shop, name: good-canary, annotations: {moorgate.dev/route-filter: good}}
            spec:
              ingressClassName: moorgate
              rules:
                - host: shop.example.com
                  http:
                    paths: [{path: /, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}]
            ---
            apiVersion: moorgate.dev/v1alpha1
            kind: RouteFilter
            metadata: {namespace: shop, name: good}
            spec: {matches: [{cookies: [{name: canary, type: Present}]}]}
            ---
            apiVersion: moorgate.dev/v1alpha1
            kind: StickyPolicy
            metadata: {namespace: shop, name: good}
            spec: {targetRefs: [{kind: Service, name: cart}], cookie: {name: sid}}
            ---
            apiVersion: v1
            kind: Service
            metadata: {namespace: shop, name: web}
            spec: {ports: [{name: http, port: 80}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {namespace: shop, name: cart}
            spec: {ports: [{name: http, port: 80}]}
            ---
            apiVersion: v1
            kind: Secret
            metadata: {namespace: shop, name: shop-tls}
            type: kubernetes.io/tls
            stringData: {tls.crt: ${shop.crt}, tls.key: ${shop.key}}
            ---
            """;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rules: [{host: 'a b', http: {paths: [{path: /, pathType: Prefix}]}}]",
                "rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]",
                "rules: [{host: shop.example.com, http: {paths: [{path: '/a b', pathType: Prefix}, {path: /, pathType: Regex}, {path: /x}]}}]",
                "rules: [{host: shop.example.com, http: {paths: [{path: /gone, pathType: Exact, backend: {service: {name: gone, port: {number: 80}}}}]}}]",
                "rules: [{host: shop.example.com, http: {paths: [{path: /port, pathType: Exact, backend: {service: {name: web, port: {number: -1}}}}]}}]",
                "rules: [{host: shop.example.com, http: {paths: [{path: /none, pathType: Exact}, null]}}, null, {}]",
                "tls: [{hosts: [bad.example.com], secretName: gone}, null, {}, {hosts: [null, '', '*']}]",
                "tls: [{hosts: [shop.example.com], secretName: gone}]",
                "defaultBackend: {resource: {kind: Bucket, name: bad}}",
                "defaultBackend: {}",
            })
    void badIngressHarmsNoOther(String spec) throws IOException {
        check("""
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {namespace: shop, name: z-bad}
                spec:
                  ingressClassName: moorgate
                  %s
                """.formatted(spec));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "matches: [{headers: [{name: x, type: RegularExpression, value: '('}]}]",
                "matches: [{cookies: [{name: x, type: Present, value: y}]}]",
                "urlRewrite: {path: {pattern: '(', substitution: ''}}",
                "urlRewrite: {path: {pattern: a, substitution: '$7'}}",
                "{}",
            })
    void badFilterHarmsNobodyButWhoNamesIt(String spec) throws IOException {
        check("""
                apiVersion: moorgate.dev/v1alpha1
                kind: RouteFilter
                metadata: {namespace: shop, name: z-bad}
                spec:
                  %s
                ---
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata:
                  namespace: shop
                  name: a-bad
                  creationTimestamp: "2001-01-01T00:00:00Z"
                  annotations: {moorgate.dev/route-filter: z-bad}
                spec:
                  ingressClassName: moorgate
                  rules:
                    - host: shop.example.com
                      http:
                        paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]
                """.formatted(spec));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{targetRefs: [{kind: Service, name: gone}]}",
                "{targetRefs: [{kind: Service, name: cart}], cookie: {name: other}}",
                "{targetRefs: [{kind: Service, name: web}], cookie: {name: sid}}",
                "{targetRefs: [{kind: Service, name: web}], mode: Header}",
                "{targetRefs: [{kind: Service, name: web}], skip: [{path: {type: RegularExpression, value: '['}}]}",
                "{targetRefs: [{kind: Service, name: web}], idleTimeout: soon}",
                "{targetRefs: [{kind: Service, name: web}], signing: {keySecretRef: {name: gone}}}",
                "{targetRefs: []}",
            })
    void badPolicyHarmsNoOther(String spec) throws IOException {
        check("""
                apiVersion: moorgate.dev/v1alpha1
                kind: StickyPolicy
                metadata: {namespace: shop, name: z-bad}
                spec: %s
                """.formatted(spec));
    }

    private static void check(String bad) throws IOException {
        Compilation before = GoldenCase.parse(GOOD).compile();
        Compilation after = GoldenCase.parse(GOOD + bad).compile();

        assertThat(goodRoutes(after.table())).isEqualTo(goodRoutes(before.table()));
        assertThat(after.table().sessions()).isEqualTo(before.table().sessions());
        assertThat(after.table().certificates()).isEqualTo(before.table().certificates());
        assertThat(after.table().upstreams()).isEqualTo(before.table().upstreams());
        assertThat(after.endpoints()).isEqualTo(before.endpoints());
        assertThat(goodStatuses(after)).isEqualTo(goodStatuses(before));
        assertThat(after.report().objects()).anyMatch(IngressQuarantineTest::isBad);
        assertThat(after.report().errors()).allMatch(error -> isBad(error.object()));
    }

    private static boolean isBad(ObjectRef object) {
        return object.name().endsWith("-bad");
    }

    /** What good objects have in each host, with its place among the bad ones' forgotten, up to where nothing more is reached. */
    private static SortedMap<String, List<Route>> goodRoutes(RouteTable table) {
        SortedMap<String, List<Route>> routes = new TreeMap<>();
        for (Listener listener : table.listeners()) {
            for (VirtualHost host : listener.virtualHosts()) {
                List<Route> good = host.routes().stream()
                        .filter(route -> !route.source().name().endsWith("-bad"))
                        .toList();
                if (!good.isEmpty()) {
                    assertThat(firstFor(host, good.getLast()))
                            .as("what takes the requests of " + good.getLast().name())
                            .isEqualTo(good.getLast());
                    routes.put(listener.name() + " " + host.host(), good);
                }
            }
        }
        return routes;
    }

    /** The first route with the same match. */
    private static Route firstFor(VirtualHost host, Route wanted) {
        return host.routes().stream()
                .filter(route -> route.match().equals(wanted.match()))
                .findFirst()
                .orElseThrow();
    }

    private static SortedMap<ObjectRef, Map<String, Object>> goodStatuses(Compilation compilation) {
        SortedMap<ObjectRef, Map<String, Object>> statuses =
                new TreeMap<>(compilation.report().render());
        statuses.keySet().removeIf(IngressQuarantineTest::isBad);
        return statuses;
    }
}
