package dev.moorgate.operator.snapshot;

import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.api.model.gatewayapi.v1alpha2.TLSRouteStatus;
import io.fabric8.kubernetes.api.model.gatewayapi.v1alpha3.TLSRouteSpec;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Plural;
import io.fabric8.kubernetes.model.annotation.Singular;
import io.fabric8.kubernetes.model.annotation.Version;

/** A TLSRoute of Gateway API v1, which the client's model does not hold yet; its fields are those of v1alpha3. */
@Group("gateway.networking.k8s.io")
@Version("v1")
@Kind("TLSRoute")
@Singular("tlsroute")
@Plural("tlsroutes")
public final class TlsRoute extends CustomResource<TLSRouteSpec, TLSRouteStatus> implements Namespaced {
    private static final long serialVersionUID = 1;
}
