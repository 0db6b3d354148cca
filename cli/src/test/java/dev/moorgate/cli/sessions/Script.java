package dev.moorgate.cli.sessions;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What happens to a cluster, in words that a program for other proxies reads as well: {@code bench/sessions.json}. A step is some
 * actions at once, after which every client comes once.
 */
record Script(
        int replicas, int pods, List<String> zones, int absoluteTimeoutHours, int churnPercent, List<Part> parts) {
    static final Path FILE = Path.of("../bench/sessions.json");

    /** Steps under one name. */
    record Part(String name, List<List<String>> steps) {}

    static Script read(Path file) throws IOException {
        JsonNode root = new ObjectMapper().readTree(Files.readString(file));
        List<Part> parts = new ArrayList<>();
        for (JsonNode part : root.required("parts")) {
            List<List<String>> steps = new ArrayList<>();
            for (int i = part.path("times").asInt(1); i > 0; i--) {
                part.required("steps")
                        .forEach(step -> steps.add(List.of(step.asText().split(", ", -1))));
            }
            parts.add(new Part(part.required("name").asText(), steps));
        }
        List<String> zones = new ArrayList<>();
        root.required("zones").forEach(zone -> zones.add(zone.asText()));
        return new Script(
                root.required("replicas").asInt(),
                root.required("pods").asInt(),
                zones,
                root.required("absoluteTimeoutHours").asInt(),
                root.required("churnPercent").asInt(),
                parts);
    }
}
