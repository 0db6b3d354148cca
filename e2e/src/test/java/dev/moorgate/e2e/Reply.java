package dev.moorgate.e2e;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A response; names of headers are in lower case. */
record Reply(int status, Map<String, List<String>> headers, String body) {
    private static final ObjectMapper JSON = new ObjectMapper();

    Optional<String> header(String name) {
        return headers.getOrDefault(name, List.of()).stream().findFirst();
    }

    /** The pod that says it answered. */
    String pod() {
        return json().path("pod").asText();
    }

    /** What the pod says of the request. */
    JsonNode json() {
        try {
            return JSON.readTree(body);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not an echo: " + status + " " + body, e);
        }
    }

    /** The first cookie that it sets, as a request would send it. */
    Optional<String> cookie() {
        return header("set-cookie").map(text -> text.substring(0, text.indexOf(';')));
    }
}
