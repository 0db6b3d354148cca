package dev.moorgate.cli.push;

import dev.moorgate.operator.compile.CompileSettings;
import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.operator.compile.RouteTableCompiler;
import dev.moorgate.operator.snapshot.ClusterSnapshot;
import dev.moorgate.operator.snapshot.SnapshotBuilder;
import dev.moorgate.routetable.EndpointTable;
import dev.moorgate.routetable.RouteTable;
import dev.moorgate.routetable.wire.DeltaPush;
import dev.moorgate.routetable.wire.Push;
import dev.moorgate.routetable.wire.Stamped;
import dev.moorgate.routetable.wire.TableReader;
import dev.moorgate.routetable.wire.TableVersion;
import dev.moorgate.routetable.wire.TableWriter;
import dev.moorgate.routetable.wire.WireException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ServiceBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.Ingress;
import io.fabric8.kubernetes.api.model.networking.v1.IngressBuilder;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClassBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * An operator's walk over many Ingresses and what it sends for one change, in a process whose heap somebody else has set: prints a line
 * {@code NAME NUMBER} for each thing that is counted.
 */
final class ManyIngresses {
    static final int INGRESSES = 5_000;
    static final int ENDPOINTS_EACH = 4;
    private static final int CHANGED = 2_345;

    private final RouteTableCompiler compiler = new RouteTableCompiler();
    private final Stamped.Memos memos = new Stamped.Memos();
    private final List<HasMetadata> fixed = new ArrayList<>();
    private final List<Ingress> ingresses = new ArrayList<>();
    private final List<EndpointSlice> slices = new ArrayList<>();

    private ManyIngresses() {
        fixed.add(new IngressClassBuilder()
                .withNewMetadata()
                .withName("moorgate")
                .endMetadata()
                .withNewSpec()
                .withController(CompileSettings.INGRESS_CONTROLLER)
                .endSpec()
                .build());
        for (int i = 0; i < INGRESSES; i++) {
            fixed.add(new ServiceBuilder()
                    .withNewMetadata()
                    .withNamespace("shop")
                    .withName("s" + i)
                    .endMetadata()
                    .withNewSpec()
                    .addNewPort()
                    .withName("http")
                    .withPort(80)
                    .endPort()
                    .endSpec()
                    .build());
            ingresses.add(ingress(i, "/"));
            slices.add(slice(i, ENDPOINTS_EACH));
        }
    }

    public static void main(String[] arguments) throws WireException {
        new ManyIngresses().run();
    }

    private void run() throws WireException {
        Stamped first = compile(TableVersion.NONE.nextTable());
        print("routes", routes(first.push().table()));
        print("endpoints", endpoints(first.push().endpoints()));
        print("whole", TableWriter.WIRE.write(first.push()).length);

        ingresses.set(CHANGED, ingress(CHANGED, "/changed"));
        Stamped second = compile(first.push().version().nextTable());
        print("route", sent(first, second));

        slices.set(CHANGED, slice(CHANGED, ENDPOINTS_EACH + 1));
        Stamped third = compile(second.push().version().nextEndpoints());
        print("endpoint", sent(second, third));
        print("tables", second.push().table().equals(third.push().table()) ? 1 : 2);
        print("heap", Runtime.getRuntime().maxMemory() >> 20);
    }

    private Stamped compile(TableVersion version) {
        SnapshotBuilder builder = ClusterSnapshot.builder();
        fixed.forEach(builder::add);
        ingresses.forEach(builder::add);
        slices.forEach(builder::add);
        var compilation = compiler.compile(
                builder.build(),
                CompileSettings.standard(
                        (owner, port) -> Optional.of(new BindPoint("", 8_000 + port, port)),
                        owner -> List.of("192.0.2.1"),
                        Instant.EPOCH));
        return Stamped.of(new Push(version, compilation.table(), compilation.endpoints()), memos);
    }

    /** Bytes of the change; the other side makes of it what was meant. */
    private int sent(Stamped old, Stamped next) throws WireException {
        byte[] change = TableWriter.WIRE.write(DeltaPush.between(old, next));
        if (!TableReader.deltaPush(change).apply(old, memos).equals(next)) {
            throw new AssertionError("the change makes another table");
        }
        return change.length;
    }

    private static long routes(RouteTable table) {
        return table.listeners().stream()
                .flatMap(listener -> listener.virtualHosts().stream())
                .mapToLong(host -> host.routes().size())
                .sum();
    }

    private static long endpoints(EndpointTable table) {
        return table.upstreams().stream()
                .mapToLong(upstream -> upstream.endpoints().size())
                .sum();
    }

    private static void print(String name, long number) {
        System.out.println(name + " " + number);
    }

    private static Ingress ingress(int number, String path) {
        return new IngressBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("i" + number)
                .withGeneration(1L)
                .endMetadata()
                .withNewSpec()
                .withIngressClassName("moorgate")
                .addNewRule()
                .withHost("h" + number + ".example.com")
                .withNewHttp()
                .addNewPath()
                .withPath(path)
                .withPathType("Prefix")
                .withNewBackend()
                .withNewService()
                .withName("s" + number)
                .withNewPort()
                .withNumber(80)
                .endPort()
                .endService()
                .endBackend()
                .endPath()
                .endHttp()
                .endRule()
                .endSpec()
                .build();
    }

    private static EndpointSlice slice(int number, int endpoints) {
        return new EndpointSliceBuilder()
                .withNewMetadata()
                .withNamespace("shop")
                .withName("s" + number + "-1")
                .addToLabels("kubernetes.io/service-name", "s" + number)
                .endMetadata()
                .withAddressType("IPv4")
                .addNewPort()
                .withName("http")
                .withPort(8080)
                .endPort()
                .withEndpoints(IntStream.range(0, endpoints)
                        .mapToObj(i -> new EndpointBuilder()
                                .withAddresses("10." + (number >> 8) + "." + (number & 255) + "." + (i + 1))
                                .build())
                        .toList())
                .build();
    }
}
