package dev.moorgate.cli.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A folder of manifests for one host, and a loopback address that nothing else on the machine uses, so that its ports are free
 * without being asked for.
 */
final class ShopFolder {
    static final String HOST = "shop.example.com";
    static final int OFFSET = 20_000;
    static final int HTTP = OFFSET + 80;

    private final Path folder;
    private final Path keys;
    private final String address;

    private ShopFolder(Path folder, Path keys, String address) {
        this.folder = folder;
        this.keys = keys;
        this.address = address;
    }

    /** An Ingress for everything on {@link #HOST} to the Service {@code web}, which has no endpoints yet. */
    static ShopFolder in(Path temporary) throws IOException {
        var shop = new ShopFolder(
                Files.createDirectories(temporary.resolve("shop")), temporary.resolve("state/keys"), freshAddress());
        shop.write("class.yaml", """
                apiVersion: networking.k8s.io/v1
                kind: IngressClass
                metadata: {name: moorgate}
                spec: {controller: moorgate.dev/ingress-controller}
                """);
        shop.write("ingress.yaml", ingress("web", "/"));
        shop.write("services.yaml", service("web"));
        return shop;
    }

    private static String freshAddress() {
        var random = ThreadLocalRandom.current();
        return "127." + random.nextInt(1, 255) + "." + random.nextInt(1, 255) + "." + random.nextInt(1, 200);
    }

    /** The same manifests on another address. */
    ShopFolder elsewhere() {
        return new ShopFolder(folder, keys, freshAddress());
    }

    Path folder() {
        return folder;
    }

    Path keys() {
        return keys;
    }

    String address() {
        return address;
    }

    HttpClient connect() throws IOException {
        return HttpClient.connect(address, HTTP);
    }

    /** One request on a connection of its own. */
    HttpClient.Answer get(String path, String... fields) throws IOException {
        try (HttpClient client = connect()) {
            return client.get(HOST, path, fields);
        }
    }

    /** Puts a file in place as careful editors do it, whole. */
    void write(String name, String text) throws IOException {
        Path fresh = Files.writeString(folder.resolve("." + name), text);
        Files.move(fresh, folder.resolve(name), StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    }

    /** The Service {@code web} has these backends, each a pod of its own. */
    void endpoints(Backend... backends) throws IOException {
        var text = new StringBuilder();
        for (Backend backend : backends) {
            text.append("---\n").append(slice("web", backend));
        }
        write("endpoints.yaml", text.toString());
    }

    static String ingress(String service, String path) {
        return """
                apiVersion: networking.k8s.io/v1
                kind: Ingress
                metadata: {name: web, namespace: shop}
                spec:
                  ingressClassName: moorgate
                  rules:
                    - host: shop.example.com
                      http:
                        paths:
                          - path: PATH
                            pathType: Prefix
                            backend: {service: {name: SERVICE, port: {number: 80}}}
                """.replace("PATH", path).replace("SERVICE", service);
    }

    static String service(String name) {
        return """
                apiVersion: v1
                kind: Service
                metadata: {name: NAME, namespace: shop}
                spec: {ports: [{name: http, port: 80}]}
                """.replace("NAME", name);
    }

    static String slice(String service, Backend backend) {
        return """
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: SERVICE-POD, namespace: shop, labels: {kubernetes.io/service-name: SERVICE}}
                addressType: IPv4
                ports: [{name: http, port: PORT}]
                endpoints:
                  - addresses: ["127.0.0.1"]
                    conditions: {ready: true}
                    targetRef: {kind: Pod, namespace: shop, name: POD, uid: uid-POD}
                """.replace("SERVICE", service)
                .replace("POD", backend.name())
                .replace("PORT", Integer.toString(backend.port()));
    }

    /** Sessions of {@code web} are kept by cookie. */
    void sticky() throws IOException {
        write("sticky.yaml", """
                apiVersion: moorgate.dev/v1alpha1
                kind: StickyPolicy
                metadata: {name: web, namespace: shop}
                spec:
                  targetRefs: [{group: "", kind: Service, name: web}]
                  mode: Cookie
                """);
    }
}
