package dev.moorgate.cli.manifest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * One YAML 1.2 document (JSON is a part of it) as a tree of plain values that remembers the line of every field.
 * Duplicate keys, foreign tags and more than 50 aliases are refused.
 */
final class YamlDocument {
    private final int number;
    private final Node root;

    private YamlDocument(int number, Node root) {
        this.number = number;
        this.root = root;
    }

    /** Counted from 1 within its file. */
    int number() {
        return number;
    }

    /** Every document of {@code text} that holds something. */
    static List<YamlDocument> parse(String text) throws YamlProblem {
        var settings = LoadSettings.builder()
                .setAllowDuplicateKeys(false)
                .setAllowRecursiveKeys(false)
                .setMaxAliasesForCollections(50)
                .setCodePointLimit(64 << 20)
                .build();
        var documents = new ArrayList<YamlDocument>();
        int number = 0;
        try {
            for (Node node : new Compose(settings).composeAllFromString(text)) {
                number++;
                if (!(node instanceof ScalarNode scalar && scalar.getTag().equals(Tag.NULL))) {
                    documents.add(new YamlDocument(number, node));
                }
            }
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(mark -> mark.getLine() + 1).orElse(0);
            throw new YamlProblem(number + 1, line, firstLine(e.getProblem()));
        } catch (YamlEngineException e) {
            throw new YamlProblem(number + 1, 0, firstLine(e.getMessage()));
        }
        return documents;
    }

    /** The document as a tree; refuses what JSON could not say. */
    JsonNode tree() throws YamlProblem {
        return tree(root, 0);
    }

    /** The line (from 1) of the field that {@code path} leads to, or of the nearest part of it that exists. */
    int line(List<String> path) {
        Node node = root;
        int line = lineOf(root);
        for (String step : path) {
            Node next = null;
            if (node instanceof MappingNode mapping) {
                for (NodeTuple tuple : mapping.getValue()) {
                    if (tuple.getKeyNode() instanceof ScalarNode key
                            && key.getValue().equals(step)) {
                        next = tuple.getValueNode();
                        line = lineOf(key);
                    }
                }
            } else if (node instanceof SequenceNode sequence && step.matches("\\d{1,6}")) {
                int index = Integer.parseInt(step);
                if (index < sequence.getValue().size()) {
                    next = sequence.getValue().get(index);
                    line = lineOf(next);
                }
            }
            if (next == null) {
                return line;
            }
            node = next;
        }
        return line;
    }

    private JsonNode tree(Node node, int depth) throws YamlProblem {
        if (depth > 100) {
            throw new YamlProblem(number, lineOf(node), "nested more than 100 deep");
        }
        return switch (node) {
            case MappingNode mapping -> object(mapping, depth);
            case SequenceNode sequence -> {
                ArrayNode array =
                        JsonNodeFactory.instance.arrayNode(sequence.getValue().size());
                for (Node item : sequence.getValue()) {
                    array.add(tree(item, depth + 1));
                }
                yield array;
            }
            case ScalarNode scalar -> scalar(scalar);
            default -> throw new YamlProblem(number, lineOf(node), "not a plain value");
        };
    }

    private ObjectNode object(MappingNode mapping, int depth) throws YamlProblem {
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        for (NodeTuple tuple : mapping.getValue()) {
            if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
                throw new YamlProblem(number, lineOf(tuple.getKeyNode()), "a key must be a plain word");
            }
            if (object.has(key.getValue())) {
                throw new YamlProblem(number, lineOf(key), "key " + key.getValue() + " stands twice");
            }
            object.set(key.getValue(), tree(tuple.getValueNode(), depth + 1));
        }
        return object;
    }

    private JsonNode scalar(ScalarNode scalar) throws YamlProblem {
        String text = scalar.getValue();
        Tag tag = scalar.getTag();
        if (tag.equals(Tag.NULL)) {
            return JsonNodeFactory.instance.nullNode();
        }
        if (tag.equals(Tag.BOOL)) {
            return JsonNodeFactory.instance.booleanNode(Boolean.parseBoolean(text));
        }
        if (tag.equals(Tag.INT)) {
            var value = integer(text);
            return value == null ? JsonNodeFactory.instance.textNode(text) : node(value);
        }
        if (tag.equals(Tag.FLOAT) && text.matches("[-+]?[0-9.]+([eE][-+]?[0-9]+)?")) {
            return JsonNodeFactory.instance.numberNode(new BigDecimal(text));
        }
        if (tag.equals(Tag.FLOAT) || tag.equals(Tag.STR)) {
            return JsonNodeFactory.instance.textNode(text);
        }
        if (tag.equals(Tag.BINARY)) {
            return JsonNodeFactory.instance.textNode(text.replaceAll("\\s", ""));
        }
        throw new YamlProblem(number, lineOf(scalar), "tag " + tag + " is not allowed");
    }

    /** The smallest type that holds it, as a JSON parser chooses. */
    private static JsonNode node(BigInteger value) {
        if (value.bitLength() < Integer.SIZE) {
            return JsonNodeFactory.instance.numberNode(value.intValue());
        }
        return value.bitLength() < Long.SIZE
                ? JsonNodeFactory.instance.numberNode(value.longValue())
                : JsonNodeFactory.instance.numberNode(value);
    }

    private static @Nullable BigInteger integer(String text) {
        try {
            if (text.startsWith("0x")) {
                return new BigInteger(text.substring(2), 16);
            }
            if (text.startsWith("0o")) {
                return new BigInteger(text.substring(2), 8);
            }
            return new BigInteger(text.startsWith("+") ? text.substring(1) : text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static int lineOf(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    }

    private static String firstLine(@Nullable String message) {
        String text = message == null ? "not YAML" : message;
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end);
    }

    /** A text that is no YAML, or says what JSON cannot. */
    static final class YamlProblem extends Exception {
        private static final long serialVersionUID = 1;
        private final int document;
        private final int line;

        YamlProblem(int document, int line, String message) {
            super(message);
            this.document = document;
            this.line = line;
        }

        String sentence() {
            return String.valueOf(getMessage());
        }

        int document() {
            return document;
        }

        int line() {
            return line;
        }
    }
}
