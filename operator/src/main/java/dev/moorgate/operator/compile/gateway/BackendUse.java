package dev.moorgate.operator.compile.gateway;

import dev.moorgate.operator.compile.Grants;
import dev.moorgate.operator.compile.Present;
import dev.moorgate.operator.compile.route.WrittenRoute;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ObjectName;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPBackendRef;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteFilter;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.HTTPRouteRule;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The Services that the rules and mirrors of a route may lead to. */
final class BackendUse {
    private final WrittenRoute route;
    private final Grants grants;
    private final Set<ObjectName> services = new TreeSet<>();

    private BackendUse(WrittenRoute route, Grants grants) {
        this.route = route;
        this.grants = grants;
    }

    static Set<ObjectName> services(WrittenRoute route, Grants grants) {
        BackendUse use = new BackendUse(route, grants);
        route.rules().stream().map(WrittenRoute.Rule::common).forEach(use::add);
        return use.services;
    }

    private void add(HTTPRouteRule rule) {
        addMirrors(Present.items(rule.getFilters()));
        for (HTTPBackendRef backend : Present.<HTTPBackendRef>items(rule.getBackendRefs())) {
            add(backend.getGroup(), backend.getKind(), backend.getNamespace(), backend.getName());
            addMirrors(Present.items(backend.getFilters()));
        }
    }

    private void addMirrors(List<HTTPRouteFilter> filters) {
        for (HTTPRouteFilter filter : filters) {
            var mirror = filter.getRequestMirror();
            if (mirror != null && mirror.getBackendRef() != null) {
                var backend = mirror.getBackendRef();
                add(backend.getGroup(), backend.getKind(), backend.getNamespace(), backend.getName());
            }
        }
    }

    private void add(@Nullable String group, @Nullable String kind, @Nullable String namespace, @Nullable String name) {
        String own = Metadata.namespace(route.source());
        String written = Objects.requireNonNullElse(namespace, "");
        ObjectName service = new ObjectName(written.isEmpty() ? own : written, Objects.requireNonNullElse(name, ""));
        boolean isService = Objects.requireNonNullElse(group, "").isEmpty()
                && Objects.requireNonNullElse(kind, "Service").equals("Service");
        if (isService && grants.allow(route.kind(), own, "Service", service.namespace(), service.name())) {
            services.add(service);
        }
    }
}
