package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A session stays with its pod while there is that pod, and finds another one when there is not. */
final class SessionFeatures {
    private static final int SESSIONS = 12;

    static final List<Feature> ALL = List.of(
            new Feature(
                    "sticky-deployment",
                    "Sessions of a Deployment survive scaling, a rolling update and the death of another pod",
                    List.of("echo.yaml", "ingress.yaml", "sticky.yaml"),
                    scene -> moored(scene, "deployment/echo")),
            new Feature(
                    "sticky-set",
                    "Sessions of a StatefulSet survive scaling, a rolling update and the death of another pod",
                    List.of("echo-set.yaml", "ingress.yaml", "sticky.yaml"),
                    scene -> moored(scene, "statefulset/echo")));

    private SessionFeatures() {}

    /** A client with its cookie, and the pod that it is moored to. */
    private record Session(String cookie, String pod) {
        /** Asks again on a new connection; the session as it is afterwards. */
        Session again(Scene scene, String address) throws Exception {
            Reply reply = scene.get(address, "/", "Cookie", cookie);
            assertThat(reply.status()).as(reply.body()).isEqualTo(200);
            return new Session(reply.cookie().orElse(cookie), reply.pod());
        }
    }

    private static void moored(Scene scene, String workload) throws Exception {
        String address = scene.release().address();
        scene.awaitRollout(workload);
        List<Session> sessions = new ArrayList<>();
        // until every replica knows of both pods: one that hears of a pod a moment later calls its sessions gone
        Await.until(Scene.SOON, () -> {
            sessions.clear();
            for (int i = 0; i < SESSIONS; i++) {
                Reply reply = scene.get(address, "/");
                assertThat(reply.cookie()).isPresent();
                sessions.add(new Session(reply.cookie().get(), reply.pod()));
            }
            assertThat(pods(sessions)).hasSize(2);
            needMoored(scene, address, sessions);
        });
        moored(scene, address, workload, sessions);
    }

    private static void moored(Scene scene, String address, String workload, List<Session> first) throws Exception {
        List<Session> sessions = first;
        try (Traffic traffic = Traffic.start(2, address, scene.host(), "/")) {
            needMoored(scene, address, sessions);
            scene.kubectl("scale", workload, "--replicas=4");
            scene.awaitRollout(workload);
            needMoored(scene, address, sessions);

            // two pods go: whose session was theirs gets another and keeps it, the others stay
            scene.kubectl("scale", workload, "--replicas=2");
            scene.kubectl("wait", "--for=jsonpath={.status.replicas}=2", workload, "--timeout=60s");
            Await.until(Scene.SOON, () -> assertThat(names(scene)).hasSize(2));
            sessions = settled(scene, address, sessions);

            scene.kubectl("rollout", "restart", workload);
            scene.awaitRollout(workload);
            Await.until(Scene.SOON, () -> assertThat(names(scene)).hasSize(2));
            sessions = settled(scene, address, sessions);
            assertThat(traffic.stop()).isEmpty();
        }
        // a pod dies without a word: requests may fail while nobody knows, the sessions of the other one may not move
        String victim = sessions.getFirst().pod();
        List<Session> others = sessions.stream()
                .filter(session -> !session.pod().equals(victim))
                .toList();
        scene.kubectl("delete", "pod", victim, "--grace-period=0", "--force");
        needMoored(scene, address, others);
        scene.awaitRollout(workload);
        Await.until(Scene.SOON, () -> needMoored(scene, address, others));
    }

    private static void needMoored(Scene scene, String address, List<Session> sessions) throws Exception {
        for (Session session : sessions) {
            assertThat(session.again(scene, address).pod()).isEqualTo(session.pod());
        }
    }

    /** Where sessions are after their pods may have gone; who still has its pod must be there, and all stay where they are. */
    private static List<Session> settled(Scene scene, String address, List<Session> before) throws Exception {
        Set<String> alive = names(scene);
        List<Session> after = new ArrayList<>();
        for (Session session : before) {
            Session now = session.again(scene, address);
            assertThat(alive).contains(now.pod());
            if (alive.contains(session.pod())
                    && !session.cookie().isEmpty()
                    && now.cookie().equals(session.cookie())) {
                assertThat(now.pod()).isEqualTo(session.pod());
            }
            after.add(now);
        }
        needMoored(scene, address, after);
        return after;
    }

    private static Set<String> names(Scene scene) {
        String text = scene.kubectl(
                "get", "pods", "-l", "app=echo", "-o", "jsonpath={range .items[*]}{.metadata.name}{\" \"}{end}");
        return new HashSet<>(List.of(text.strip().split(" ", -1)));
    }

    private static Set<String> pods(List<Session> sessions) {
        return Set.copyOf(sessions.stream().map(Session::pod).toList());
    }
}
