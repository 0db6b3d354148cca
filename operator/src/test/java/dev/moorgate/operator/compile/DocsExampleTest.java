package dev.moorgate.operator.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.snapshot.ClusterSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a page of docs/ shows can be applied as it stands. */
class DocsExampleTest {
    private static final Pattern BLOCK = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    private static final String SHOP = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: GatewayClass
            metadata: {name: moorgate}
            spec: {controllerName: moorgate.dev/gateway-controller}
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: Gateway
            metadata: {namespace: shop, name: edge}
            spec:
              gatewayClassName: moorgate
              listeners: [{name: http, port: 80, protocol: HTTP}]
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {namespace: shop, name: shop}
            spec:
              parentRefs: [{name: edge}]
              rules:
                - {name: admin, matches: [{path: {value: /admin}}], backendRefs: [{name: shop, port: 80}]}
                - {name: cart, matches: [{path: {value: /cart}}], backendRefs: [{name: shop, port: 80}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {namespace: shop, name: shop}
            spec: {ports: [{name: http, port: 80}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {namespace: shop, name: shop-next}
            spec: {ports: [{name: http, port: 80}]}
            """;

    @Test
    void theExamplesOfRoutePoliciesAreAcceptedAndInForce() throws IOException {
        List<String> blocks = new ArrayList<>(List.of(SHOP));
        Matcher found = BLOCK.matcher(Files.readString(Path.of("../docs/route-policies.md")));
        while (found.find()) {
            blocks.add(found.group(1));
        }
        assertThat(blocks).hasSize(4);
        GoldenCase shop = GoldenCase.parse(String.join("---\n", blocks));
        shop.objects()
                .forEach(
                        object -> assertThat(GoldenCase.shapeViolations(object)).isEmpty());
        ClusterSnapshot snapshot = shop.snapshot(shop.objects());

        Compilation compilation = new RouteTableCompiler().compile(snapshot, shop.settings(snapshot));

        assertThat(compilation.report().errors()).isEmpty();
        assertThat(TableText.of(compilation.table(), compilation.endpoints()).toString())
                .contains(
                        "request 30s", "RateLimit[bucket=HTTPRoute shop/shop rule admin", "BasicAuth[realm=Back office")
                .contains("Fault[delay=PT2S", "x-frame-options", "shop/shop-next/80");
    }
}
