package dev.moorgate.e2e;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What the operators of a release have counted so far, as their {@code /metrics} say. */
record OperatorMetrics(List<String> pages) {
    private static final int PORT = 9902;

    OperatorMetrics {
        pages = List.copyOf(pages);
    }

    /** Of the operator in one pod. */
    static OperatorMetrics of(String address) throws IOException {
        try (Client client = Client.http(address, PORT)) {
            return new OperatorMetrics(
                    List.of(client.get(address, "/metrics", Map.of()).body()));
        }
    }

    /** Of all pods together. */
    static OperatorMetrics of(Release release) throws IOException {
        List<String> pages = new ArrayList<>();
        for (String address : release.addresses()) {
            pages.addAll(of(address).pages());
        }
        return new OperatorMetrics(pages);
    }

    /** The sum of all samples whose name and labels begin so. */
    double sum(String prefix) {
        return pages.stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith(prefix))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    /** Requests to the API server that change something, but for the Lease, which is renewed by PUT. */
    double writes() {
        return sum("moorgate_operator_api_requests_total{code=\"2", "PATCH")
                + sum("moorgate_operator_api_requests_total{code=\"2", "POST");
    }

    double compiles() {
        return sum("moorgate_operator_compile_seconds_count");
    }

    private double sum(String prefix, String method) {
        return pages.stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith(prefix) && line.contains("method=\"" + method + "\""))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }
}
