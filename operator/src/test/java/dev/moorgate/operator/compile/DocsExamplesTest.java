package dev.moorgate.operator.compile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.crd.Crds;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** What a page of docs/ shows can be applied as it stands. */
class DocsExamplesTest {
    private static final Path DOCS = Path.of("..", "docs");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```yaml\\n(.*?)^```$");
    private static final String SHOP = GoldenCase.GATEWAY + """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {namespace: shop, name: shop}
            spec:
              parentRefs: [{name: edge}]
              rules:
                - {name: admin, matches: [{path: {value: /admin}}], backendRefs: [{name: shop, port: 80}]}
                - {name: account, matches: [{path: {value: /account}}], backendRefs: [{name: shop, port: 80}]}
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

    private static List<String> blocks(Path page) throws IOException {
        List<String> blocks = new ArrayList<>();
        Matcher found = BLOCK.matcher(Files.readString(page));
        while (found.find()) {
            blocks.add(found.group(1));
        }
        return blocks;
    }

    private static List<GenericKubernetesResource> objectsOfOurs(Path page) throws IOException {
        List<GenericKubernetesResource> objects = new ArrayList<>();
        for (String block : blocks(page)) {
            GoldenCase.parse(block).objects().stream()
                    .filter(object -> Crds.API_VERSION.equals(object.getApiVersion()))
                    .forEach(objects::add);
        }
        return objects;
    }

    @TestFactory
    Stream<DynamicTest> everyExampleIsOneThatItsKindTakes() throws IOException {
        List<DynamicTest> examples = new ArrayList<>();
        try (Stream<Path> pages = Files.list(DOCS)) {
            for (Path page : pages.filter(path -> path.toString().endsWith(".md"))
                    .sorted()
                    .toList()) {
                for (GenericKubernetesResource object : objectsOfOurs(page)) {
                    examples.add(DynamicTest.dynamicTest(
                            page.getFileName() + " " + object.getKind() + " "
                                    + object.getMetadata().getName(),
                            () -> assertThat(GoldenCase.shapeViolations(object)).isEmpty()));
                }
            }
        }
        return examples.stream();
    }

    @Test
    void everyPolicyHasAnExample() throws IOException {
        List<String> kinds = new ArrayList<>();
        for (String page : List.of("sticky-sessions.md", "route-policies.md", "upstream-policy.md")) {
            objectsOfOurs(DOCS.resolve(page)).stream().map(HasMetadata::getKind).forEach(kinds::add);
        }
        assertThat(kinds).contains("StickyPolicy", "RoutePolicy", "UpstreamPolicy");
    }

    @Test
    void theExamplesOfRoutePoliciesAreInForce() throws IOException {
        List<String> manifests = new ArrayList<>(List.of(SHOP));
        manifests.addAll(blocks(DOCS.resolve("route-policies.md")));

        Compilation compilation =
                GoldenCase.parse(String.join("---\n", manifests)).compile();

        assertThat(compilation.report().errors()).isEmpty();
        assertThat(TableText.of(compilation.table(), compilation.endpoints()).toString())
                .contains(
                        "request 30s", "RateLimit[bucket=HTTPRoute shop/shop rule admin", "BasicAuth[realm=Back office")
                .contains(
                        "Compression[algorithms=[ZSTD, BROTLI, GZIP], level=BALANCED, contentTypes=[application/json,")
                .contains("Fault[delay=PT2S", "x-frame-options", "shop/shop-next/80");
    }
}
