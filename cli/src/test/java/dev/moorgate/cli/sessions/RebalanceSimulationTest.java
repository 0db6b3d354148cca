package dev.moorgate.cli.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.moorgate.dataplane.balance.Pick;
import dev.moorgate.dataplane.balance.token.SessionOutcome;
import dev.moorgate.dataplane.http.FieldSection;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.operator.crd.StickyPolicySpec;
import dev.moorgate.operator.publish.SessionSurvey.Survey;
import dev.moorgate.operator.sessions.SessionStatuses;
import dev.moorgate.routetable.SourceRef;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The whole way of a rebalance: replicas tell of what they saw, the leader plans, the status says so, the compiler reads it, and the
 * replicas move sessions. Everything is the real thing but sockets, the API server and the clock.
 */
class RebalanceSimulationTest {
    private static final SourceRef POLICY = SourceRef.of("StickyPolicy", "shop", "shop");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int SESSIONS = 2_000;

    private final SessionStatuses leader = new SessionStatuses();
    private final RequestHead head = new RequestHead();
    private final FieldSection section = new FieldSection();
    private final String[] cookies = new String[SESSIONS];
    private final String[] homes = new String[SESSIONS];
    private ObjectNode status = JSON.createObjectNode();
    private long moved;

    private final Cluster cluster;
    private final List<Replica> replicas;
    private final StickyPolicySpec spec;

    RebalanceSimulationTest() throws IOException {
        String rules = "limits: {maxSkew: 3}\nrebalance: {mode: Balanced}";
        cluster = new Cluster(Script.read(Script.FILE), rules);
        replicas = IntStream.range(0, 3)
                .mapToObj(i -> new Replica(cluster::now, i))
                .toList();
        spec = new YAMLMapper()
                .readValue("---\ntargetRefs: [{kind: HTTPRoute, name: shop}]\n" + rules, StickyPolicySpec.class);
    }

    @Test
    void aScaleUpIsEvenedOutOnceByAllReplicasAlike() throws IOException {
        minute();
        cluster.act("add 5");
        minute();
        minute();
        assertThat(moved).isZero();
        assertThat(skew()).isGreaterThan(1.2);
        for (int i = 0; i < 14; i++) {
            minute();
        }

        // Five of 25 pods: a fifth of all sessions, each of them once.
        assertThat(moved).isBetween(SESSIONS * 15L / 100, SESSIONS * 25L / 100);
        assertThat(skew()).isLessThan(1.5);
        assertThat(status.has("steering")).isFalse();
        assertThat(status.at("/lastRebalance/moved").asLong()).isGreaterThanOrEqualTo(moved);
        assertThat(status.at("/lastRebalance/skewBefore").asDouble())
                .isGreaterThan(status.at("/lastRebalance/skewAfter").asDouble());
    }

    /** Every client comes to every replica; then the leader looks, and what it tells is in the status. */
    private void minute() throws IOException {
        cluster.pass(60);
        Cluster.Tables tables = cluster.tables();
        replicas.forEach(replica -> replica.install(tables));
        for (int client = 0; client < SESSIONS; client++) {
            visit(client);
        }
        leader.surveyed(
                new Survey(cluster.now(), replicas.stream().map(Replica::census).toList()),
                tables.table(),
                tables.endpoints());
        ObjectNode wanted = JSON.createObjectNode();
        leader.add(POLICY, spec, status, wanted);
        wanted.properties().forEach(field -> {
            if (field.getValue().isNull()) {
                status.remove(field.getKey());
            } else {
                status.set(field.getKey(), field.getValue());
            }
        });
        cluster.tell(status.toString());
    }

    private void visit(int client) {
        Simulation.parse(section, head, cookies[client]);
        Set<String> pods = new HashSet<>();
        boolean isMove = false;
        for (Replica replica : cookies[client] == null ? replicas.subList(client % 3, client % 3 + 1) : replicas) {
            Pick.Chosen chosen = (Pick.Chosen) replica.pick(head);
            pods.add(chosen.candidate().endpoint().key());
            isMove |= chosen.session().outcome() == SessionOutcome.MOVED_REBALANCED;
            String made = chosen.session().newToken();
            cookies[client] = made == null ? cookies[client] : made;
        }
        String home = pods.iterator().next();
        assertThat(pods).as("replicas agree").hasSize(1);
        assertThat(isMove).isEqualTo(homes[client] != null && !home.equals(homes[client]));
        moved += isMove ? 1 : 0;
        homes[client] = home;
    }

    /** Most sessions of a pod against the mean of all 25. */
    private double skew() {
        Map<String, Integer> counts = new TreeMap<>();
        List.of(homes).forEach(home -> counts.merge(home, 1, Integer::sum));
        List<Integer> all = new ArrayList<>(counts.values());
        all.sort(null);
        return all.getLast() * 25.0 / SESSIONS;
    }
}
