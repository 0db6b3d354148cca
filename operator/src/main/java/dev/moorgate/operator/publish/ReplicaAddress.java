package dev.moorgate.operator.publish;

/**
 * A pod of the release, as the cluster shows it.
 *
 * @param name of the pod: the name in its certificate
 * @param address IP literal
 * @param ready as Kubernetes sees it
 */
public record ReplicaAddress(String name, String address, boolean ready) {}
