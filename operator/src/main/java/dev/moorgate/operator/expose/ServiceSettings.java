package dev.moorgate.operator.expose;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What all Services of a release's Gateways share.
 *
 * @param release name of the Helm release: starts the Services' names
 * @param namespace of the release: where the Services are
 * @param dataPlane name of the release's DataPlane in that namespace: the Services' owner
 * @param selector labels of the release's pods
 * @param type {@code LoadBalancer}, {@code NodePort} or {@code ClusterIP}
 * @param labels added to each Service
 * @param annotations added to each Service
 */
public record ServiceSettings(
        String release,
        String namespace,
        String dataPlane,
        Map<String, String> selector,
        String type,
        Map<String, String> labels,
        Map<String, String> annotations) {
    public ServiceSettings {
        selector = Collections.unmodifiableMap(new TreeMap<>(selector));
        labels = Collections.unmodifiableMap(new TreeMap<>(labels));
        annotations = Collections.unmodifiableMap(new TreeMap<>(annotations));
    }
}
