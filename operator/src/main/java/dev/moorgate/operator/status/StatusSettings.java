package dev.moorgate.operator.status;

/**
 * Whose statuses are written.
 *
 * @param ingressController of the IngressClasses that the release serves
 * @param gatewayController {@code controllerName} of our entries
 * @param namespace of the release
 * @param dataPlane name of the release's DataPlane in it
 * @param ingressService name of the Service there that clients of Ingresses use
 */
public record StatusSettings(
        String ingressController,
        String gatewayController,
        String namespace,
        String dataPlane,
        String ingressService) {}
