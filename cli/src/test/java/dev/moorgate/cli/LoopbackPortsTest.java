package dev.moorgate.cli;

import static dev.moorgate.operator.compile.ListenerPorts.INGRESS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.operator.compile.ListenerPorts.BindPoint;
import dev.moorgate.routetable.SourceRef;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Which socket each owner's port gets on one machine. */
class LoopbackPortsTest {
    private static final SourceRef A = SourceRef.of("Gateway", "shop", "a");
    private static final SourceRef B = SourceRef.of("Gateway", "shop", "b");

    private static NavigableMap<SourceRef, NavigableSet<Integer>> wanted(Object... pairs) {
        var wanted = new TreeMap<SourceRef, NavigableSet<Integer>>();
        for (int i = 0; i < pairs.length; i += 2) {
            wanted.put((SourceRef) pairs[i], new TreeSet<>(cast(pairs[i + 1])));
        }
        return wanted;
    }

    @SuppressWarnings("unchecked")
    private static Set<Integer> cast(Object set) {
        return (Set<Integer>) set;
    }

    @Test
    void ownersOfTheSamePortGetLoopbackAddressesOfTheirOwn() {
        var ports = new LoopbackPorts("127.0.0.1", 8000, true);
        ports.allot(wanted(A, Set.of(80), B, Set.of(80, 443), INGRESS, Set.of(80, 443)));

        assertThat(ports.find(INGRESS, 80)).contains(new BindPoint("127.0.0.1", 8080, 8080));
        assertThat(ports.find(A, 80)).contains(new BindPoint("127.0.0.2", 8080, 8080));
        assertThat(ports.find(B, 443)).contains(new BindPoint("127.0.0.3", 8443, 8443));
        assertThat(ports.addresses(B)).containsExactly("127.0.0.3");
    }

    @Test
    void anOwnerWhosePortsAreFreeSharesTheFirstAddress() {
        var ports = new LoopbackPorts("127.0.0.1", 8000, true);
        ports.allot(wanted(A, Set.of(90), INGRESS, Set.of(80, 443)));

        assertThat(ports.find(A, 90)).contains(new BindPoint("127.0.0.1", 8090, 8090));
    }

    @Test
    void anOwnerKeepsItsPlaceWhileItLives() {
        var ports = new LoopbackPorts("127.0.0.1", 0, true);
        ports.allot(wanted(B, Set.of(8080)));
        ports.allot(wanted(A, Set.of(8080), B, Set.of(8080)));

        assertThat(ports.find(B, 8080)).contains(new BindPoint("127.0.0.1", 8080, 8080));
        assertThat(ports.find(A, 8080)).contains(new BindPoint("127.0.0.2", 8080, 8080));

        ports.allot(wanted(A, Set.of(8080)));
        assertThat(ports.find(A, 8080)).contains(new BindPoint("127.0.0.2", 8080, 8080));
        assertThat(ports.find(B, 8080)).isEmpty();
    }

    @Test
    void whereThereIsOneAddressTheNextOwnerGetsFurtherPorts() {
        var ports = new LoopbackPorts("0.0.0.0", 8000, true);
        ports.allot(wanted(A, Set.of(80), B, Set.of(80)));

        assertThat(ports.find(A, 80)).contains(new BindPoint("0.0.0.0", 8080, 8080));
        assertThat(ports.find(B, 80)).contains(new BindPoint("0.0.0.0", 9080, 9080));
        assertThat(ports.addresses(A)).containsExactly("127.0.0.1");
    }

    @Test
    void aPortBeyondTheLastOneIsUnavailable() {
        var ports = new LoopbackPorts("127.0.0.1", 8000, true);
        ports.allot(wanted(A, Set.of(60000)));

        assertThat(ports.find(A, 60000)).isEmpty();
        assertThat(ports.find(A, 80)).isEmpty();
    }
}
