package dev.moorgate.cli.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.moorgate.dataplane.DataPlane;
import dev.moorgate.dataplane.DataPlaneSettings;
import dev.moorgate.dataplane.live.InstallResult;
import dev.moorgate.operator.compile.Compilation;
import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.routetable.KeyRing;
import dev.moorgate.routetable.KeyRing.SessionKey;
import dev.moorgate.routetable.Redacted;
import dev.moorgate.routetable.wire.Digest;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whatever text stands in a golden case's objects, the data plane takes the table that comes of it (fault I9). */
class HostileInstallTest {
    private static final Path RESOURCES = Path.of("../operator/src/test/resources");
    private static final Path GOLDEN = RESOURCES.resolve("golden");
    /** Stands for a file of {@code golden-tls}. */
    private static final Pattern FILE = Pattern.compile("\\$\\{([-a-z0-9.]+)}");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final KeyRing KEYS = new KeyRing(
            "moorgate",
            List.of(new SessionKey("k1", new Redacted(Base64.getEncoder().encodeToString(new byte[32])))));
    private static final int A_CASE = 12;

    private static final List<String> TEXTS = List.of(
            "a\r\nX-Evil: 1\r\n\r\n\u0000\u001b[31m\"'`;|&{}{{7*7}}${7*7}\u2028\u0085",
            "${jndi:ldap://192.0.2.66/a}",
            "[[:^word:]]{1000}(?:(?:a{1000})*)*",
            "\u0455h\u043ep\u2024example\u202e\ufeff",
            "%00%2e%2e%2f/../..",
            "-",
            "*",
            "a".repeat(1 << 20));

    @Test
    void tablesOfHostileTextAreInstalled() throws Exception {
        var random = new Random(9);
        Set<String> installed = new HashSet<>();
        try (DataPlane dataPlane = DataPlane.start(DataPlaneSettings.STANDARD.withEventLoops(1));
                Stream<Path> folders = Files.list(GOLDEN)) {
            for (Path folder : folders.sorted().toList()) {
                List<ObjectNode> objects = objects(Files.readString(folder.resolve("in.yaml")));
                for (int i = 0; i < A_CASE; i++) {
                    List<ObjectNode> attacked =
                            objects.stream().map(ObjectNode::deepCopy).toList();
                    String what = folder.getFileName() + ": " + attack(attacked, random);
                    Optional<Compilation> compilation = compile(attacked);
                    if (compilation.isPresent()
                            && installed.add(Digest.of(compilation.get().table()))) {
                        InstallResult result = dataPlane.install(
                                "t-" + installed.size(),
                                compilation.get().table(),
                                compilation.get().endpoints());
                        assertThat(result).as(what).isInstanceOf(InstallResult.Applied.class);
                    }
                }
            }
        }
        assertThat(installed).hasSizeGreaterThan(300);
    }

    private static List<ObjectNode> objects(String text) throws IOException {
        List<ObjectNode> objects = new ArrayList<>();
        try (MappingIterator<JsonNode> documents =
                YAML.readerFor(JsonNode.class).readValues(withFiles(text))) {
            while (documents.hasNext()) {
                if (documents.next() instanceof ObjectNode object
                        && !object.path("kind").asText().equals("Settings")) {
                    objects.add(object);
                }
            }
        }
        return objects;
    }

    private static String withFiles(String text) throws IOException {
        Matcher files = FILE.matcher(text);
        var whole = new StringBuilder();
        while (files.find()) {
            String content = Files.readString(RESOURCES.resolve("golden-tls").resolve(files.group(1)));
            files.appendReplacement(whole, Matcher.quoteReplacement(JSON.writeValueAsString(content)));
        }
        return files.appendTail(whole).toString();
    }

    /** Puts one text into one place below the metadata of one object. */
    private static String attack(List<ObjectNode> objects, Random random) {
        List<Runnable> places = new ArrayList<>();
        String text = TEXTS.get(random.nextInt(TEXTS.size()));
        for (ObjectNode object : objects) {
            object.properties().stream()
                    .filter(entry -> !Set.of("kind", "apiVersion", "metadata").contains(entry.getKey()))
                    .forEach(entry -> collect(entry.getValue(), text, places));
        }
        if (!places.isEmpty()) {
            places.get(random.nextInt(places.size())).run();
        }
        String all = objects.toString();
        return all.substring(0, Math.min(3_000, all.length()));
    }

    private static void collect(JsonNode node, String text, List<Runnable> places) {
        if (node instanceof ObjectNode map) {
            map.properties().forEach(entry -> {
                if (entry.getValue().isTextual()) {
                    places.add(() -> map.put(entry.getKey(), text));
                } else {
                    collect(entry.getValue(), text, places);
                }
            });
        } else if (node instanceof ArrayNode list) {
            for (int i = 0; i < list.size(); i++) {
                int at = i;
                if (list.get(i).isTextual()) {
                    places.add(() -> list.set(at, text));
                } else {
                    collect(list.get(i), text, places);
                }
            }
        }
    }

    /** Sockets of the system's choice; nothing where no such object can be read. */
    private static Optional<Compilation> compile(List<ObjectNode> objects) {
        SnapshotBuilder builder = ClusterSnapshot.builder();
        try {
            objects.forEach(object -> builder.add(YAML.convertValue(object, GenericKubernetesResource.class)));
        } catch (IllegalArgumentException refused) {
            return Optional.empty();
        }
        ClusterSnapshot snapshot = builder.build();
        CompileSettings settings = CompileSettings.standard(
                        (owner, port) -> Optional.of(new BindPoint("127.0.0.1", 0, port)),
                        owner -> List.of("192.0.2.1"),
                        NOW)
                .withMasterKeys(KEYS);
        return Optional.of(new RouteTableCompiler().compile(snapshot, settings));
    }
}
