package dev.moorgate.operator.status;

/**
 * Whose statuses are written.
 *
 * @param gatewayController {@code controllerName} of our entries
 * @param namespace of the release
 * @param dataPlane name of the release's DataPlane in it
 */
public record StatusSettings(String gatewayController, String namespace, String dataPlane) {}
