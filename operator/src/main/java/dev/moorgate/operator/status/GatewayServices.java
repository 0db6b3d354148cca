package dev.moorgate.operator.status;

import dev.moorgate.operator.compile.Claims;
import dev.moorgate.operator.conditions.ObjectRef;
import dev.moorgate.operator.conditions.StatusReport;
import dev.moorgate.operator.crd.DataPlane;
import dev.moorgate.operator.crd.DataPlaneSpec;
import dev.moorgate.operator.expose.GatewayService;
import dev.moorgate.operator.expose.GatewayServiceNames;
import dev.moorgate.operator.expose.PortAllotment;
import dev.moorgate.operator.expose.ServiceSettings;
import dev.moorgate.operator.snapshot.Metadata;
import dev.moorgate.operator.snapshot.ObjectName;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.Gateway;
import io.fabric8.kubernetes.api.model.gatewayapi.v1.GatewayClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one Service for each Gateway of ours, as the leader; Services of Gateways that are gone are removed. Safe for any thread; writes
 * on a thread of its own.
 */
public final class GatewayServices implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayServices.class);
    private static final Duration GATHER = Duration.ofMillis(5);
    private static final Duration INTERVAL = Duration.ofMillis(200);
    private static final Duration AFTER_CONFLICT = Duration.ofMillis(250);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(5);

    private final KubernetesClient client;
    private final ServiceSettings settings;
    private final String gatewayController;
    private final LiveObjects objects;
    private final BooleanSupplier isLeader;
    private final Burst burst;
    private final AtomicReference<@Nullable News> news = new AtomicReference<>();

    private record News(StatusReport report, PortAllotment ports) {}

    /**
     * Starts idle.
     *
     * @param gatewayController {@code spec.controllerName} of our GatewayClasses
     */
    public GatewayServices(
            KubernetesClient client,
            ServiceSettings settings,
            String gatewayController,
            LiveObjects objects,
            BooleanSupplier isLeader) {
        this.client = client;
        this.settings = settings;
        this.gatewayController = gatewayController;
        this.objects = objects;
        this.isLeader = isLeader;
        this.burst = new Burst("moorgate-services", GATHER, INTERVAL, this::pass);
    }

    /** Takes the newest compile's report, whose Gateways are ours, and its ports; returns at once. */
    public void write(StatusReport report, PortAllotment ports) {
        news.set(new News(report, ports));
        if (isLeader.getAsBoolean()) {
            burst.request();
        }
    }

    /** One look at all of them; whether anything was written. */
    boolean pass() {
        News newest = news.get();
        if (newest == null) {
            return false;
        }
        Set<String> ours = new LinkedHashSet<>();
        newest.report().statuses().keySet().forEach(object -> add(object, ours));
        newest.report().withheld().forEach(object -> add(object, ours));
        boolean did = false;
        for (String gateway : ours) {
            did |= attempt(gateway, () -> keep(gateway, newest.ports()));
        }
        for (HasMetadata one : objects.list("Service")) {
            if (one instanceof Service service
                    && GatewayService.isOurs(service, settings)
                    && !ours.contains(GatewayService.gateway(service))) {
                did |= attempt(GatewayService.gateway(service), () -> sweep(service));
            }
        }
        return did;
    }

    private static void add(ObjectRef object, Set<String> ours) {
        if (object.kind().equals("Gateway")) {
            ours.add(object.namespace() + "/" + object.name());
        }
    }

    /** One Gateway that cannot be served must not keep the others from it. */
    private boolean attempt(String gateway, BooleanSupplier work) {
        try {
            return isLeader.getAsBoolean() && work.getAsBoolean();
        } catch (KubernetesClientException e) {
            boolean isConflict = e.getCode() == HttpURLConnection.HTTP_CONFLICT;
            if (!isConflict) {
                LOG.warn("Service of Gateway {}: {}", gateway, e.getMessage());
            }
            burst.request(isConflict ? AFTER_CONFLICT : AFTER_FAILURE);
            return true;
        }
    }

    private boolean keep(String key, PortAllotment ports) {
        String namespace = key.substring(0, key.indexOf('/'));
        String name = key.substring(key.indexOf('/') + 1);
        Optional<? extends HasMetadata> gateway = objects.find("Gateway", namespace, name);
        String serviceName = GatewayServiceNames.service(settings.release(), namespace, name);
        Optional<Service> existing = objects.find("Service", settings.namespace(), serviceName)
                .filter(Service.class::isInstance)
                .map(Service.class::cast);
        if (gateway.isEmpty() || !(gateway.get() instanceof Gateway found)) {
            return false;
        }
        if (existing.isPresent() && !GatewayService.isOurs(existing.get(), settings)) {
            LOG.warn("Service {}/{} is somebody else's: Gateway {} gets none", settings.namespace(), serviceName, key);
            return false;
        }
        Optional<Service> wanted = GatewayService.wanted(
                found,
                existing,
                ports.ports(key),
                settings,
                plane().map(Metadata::uid).orElse(""),
                isHttp3());
        if (wanted.isEmpty() || wanted.equals(existing)) {
            return false;
        }
        var resource = client.services().inNamespace(settings.namespace()).resource(wanted.get());
        if (existing.isPresent()) {
            resource.update();
        } else {
            resource.create();
        }
        LOG.info("Service {} leads to Gateway {}", serviceName, key);
        return true;
    }

    private Optional<? extends HasMetadata> plane() {
        return objects.find("DataPlane", settings.namespace(), settings.dataPlane());
    }

    private boolean isHttp3() {
        return plane().filter(DataPlane.class::isInstance)
                .map(found -> DataPlaneSpec.Http3.isOn(((DataPlane) found).getSpec()))
                .orElse(false);
    }

    /** The API server itself must say that the Gateway is gone or another's: with its Service goes its address. */
    private boolean sweep(Service service) {
        String[] place = GatewayService.gateway(service).split("/", 2);
        if (place.length == 2) {
            Gateway gateway = client.resources(Gateway.class)
                    .inNamespace(place[0])
                    .withName(place[1])
                    .get();
            if (gateway != null && !isOfOthers(gateway)) {
                return false;
            }
        }
        client.services()
                .inNamespace(settings.namespace())
                .resource(service)
                .lockResourceVersion(service.getMetadata().getResourceVersion())
                .delete();
        LOG.info("Service {} is removed with its Gateway {}", Metadata.name(service), GatewayService.gateway(service));
        return true;
    }

    /** Whether its class exists and is none of ours: another controller's, or another release's. */
    private boolean isOfOthers(Gateway gateway) {
        List<DataPlane> planes = objects.list("DataPlane").stream()
                .filter(DataPlane.class::isInstance)
                .map(DataPlane.class::cast)
                .toList();
        Claims claims = new Claims(
                planes, Optional.of(new ObjectName(settings.namespace(), settings.dataPlane())), "", gatewayController);
        String name = gateway.getSpec() == null ? null : gateway.getSpec().getGatewayClassName();
        return name != null
                && objects.find("GatewayClass", "", name)
                        .filter(GatewayClass.class::isInstance)
                        .map(GatewayClass.class::cast)
                        .filter(one -> !claims.isOurs(one))
                        .isPresent();
    }

    @Override
    public void close() {
        burst.close();
    }
}
