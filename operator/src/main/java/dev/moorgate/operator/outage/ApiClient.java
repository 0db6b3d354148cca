package dev.moorgate.operator.outage;

import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.Interceptor;

/** A Kubernetes client for API servers that have bad days. */
public final class ApiClient {
    /** Doubled five times: a watch is tried again every eight seconds at the longest, so that nothing is missed for ten. */
    private static final int RECONNECT_MILLIS = 250;

    private ApiClient() {}

    /**
     * Opens one; it ends with its owner.
     *
     * @param metrics told of every request
     */
    public static KubernetesClient open(Config config, Interceptor metrics, ApiPulse pulse) {
        config.setWatchReconnectInterval(RECONNECT_MILLIS);
        return new KubernetesClientBuilder()
                .withConfig(config)
                .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("metrics", metrics)
                        .addOrReplaceInterceptor("pulse", pulse.answers())
                        .addOrReplaceInterceptor("pace", new RelistPace()))
                .build();
    }
}
