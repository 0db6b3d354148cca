package dev.moorgate.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A session stays with its pod while there is that pod, and finds another one when there is not. */
final class SessionFeatures {
    private static final int SESSIONS = 12;
    /** As many as tell an uneven load from chance. */
    private static final int MANY = 90;

    private static final Duration LOOKS = Duration.ofMinutes(4);

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
                    scene -> moored(scene, "statefulset/echo")),
            new Feature(
                    "sticky-rebalance",
                    "A pod that is added gets its share of the sessions, the same ones in every replica, and the status says how many",
                    List.of("echo.yaml", "ingress.yaml", "sticky-rebalance.yaml"),
                    SessionFeatures::evened,
                    true));

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

    /** The leader looks once a minute, and knows a pod for one look before it gives it sessions. */
    private static void evened(Scene scene) throws Exception {
        String address = scene.release().address();
        scene.awaitRollout("deployment/echo");
        List<Session> sessions = new ArrayList<>();
        Await.until(Scene.SOON, () -> {
            Reply reply = scene.get(address, "/");
            assertThat(reply.cookie()).isPresent();
            sessions.add(new Session(reply.cookie().get(), reply.pod()));
            assertThat(sessions).hasSizeGreaterThanOrEqualTo(MANY);
        });
        Await.until(Scene.SOON, () -> needStay(scene, address, sessions));
        Set<String> before = pods(sessions);
        scene.kubectl("scale", "deployment/echo", "--replicas=3");
        scene.awaitRollout("deployment/echo");
        List<Session> now = new ArrayList<>(sessions);
        Await.until(LOOKS, () -> {
            // Whoever comes counts, and is moved when it is its turn.
            askAll(scene, address, now);
            assertThat(scene.object("stickypolicy.moorgate.dev", "echo")
                            .path("status")
                            .path("steering")
                            .path(0)
                            .path("rebalance")
                            .path("shares"))
                    .hasSize(1);
        });
        // one replica may move a session a moment after the other has left it where it was
        Await.until(Scene.SOON, () -> {
            needStay(scene, address, now);
            long moved = now.stream()
                    .filter(session -> !before.contains(session.pod()))
                    .count();
            assertThat(moved).as("of " + now.size()).isBetween(MANY / 10L, MANY * 6 / 10L);
        });
        for (int i = 0; i < now.size(); i++) {
            Session session = now.get(i);
            assertThat(session.pod())
                    .as("who stayed is where it was")
                    .isIn(sessions.get(i).pod(), added(now, before));
        }
    }

    /** Twice, as each of two replicas may be asked. */
    private static void needStay(Scene scene, String address, List<Session> sessions) throws Exception {
        for (int round = 0; round < 2; round++) {
            List<String> last = sessions.stream().map(Session::pod).toList();
            askAll(scene, address, sessions);
            assertThat(sessions.stream().map(Session::pod)).as("all stay").containsExactlyElementsOf(last);
        }
    }

    private static void askAll(Scene scene, String address, List<Session> sessions) throws Exception {
        for (int i = 0; i < sessions.size(); i++) {
            sessions.set(i, sessions.get(i).again(scene, address));
        }
    }

    private static String added(List<Session> sessions, Set<String> before) {
        return sessions.stream()
                .map(Session::pod)
                .filter(pod -> !before.contains(pod))
                .findFirst()
                .orElseThrow();
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
