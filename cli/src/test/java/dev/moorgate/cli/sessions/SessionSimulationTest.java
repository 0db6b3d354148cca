package dev.moorgate.cli.sessions;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.cli.sessions.Simulation.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Sessions go where they were for as long as that is there, whatever happens to the cluster, in every replica.
 * {@code -Dsessions=100000} plays with as many and writes {@code target/sessions.md}: the table of docs/sessions.md.
 */
class SessionSimulationTest {
    private static final int FEW = 1_000;

    @Test
    void noSessionIsMovedWithoutNeedAndAllReplicasAgree() throws IOException {
        int sessions = Integer.getInteger("sessions", FEW);
        long start = System.nanoTime();
        List<Result> results = new Simulation(Script.read(Script.FILE), sessions, "").play();
        Files.writeString(Path.of("target/sessions.md"), table(results));
        Files.writeString(
                Path.of("target/sessions.txt"),
                "%d sessions took %d s%n"
                        .formatted(
                                sessions,
                                Duration.ofNanos(System.nanoTime() - start).toSeconds()));

        needMoored(results);
        assertThat(part(results, "the first requests").began()).isEqualTo(sessions);
        assertThat(List.of("nothing changes", "scale-up by 5", "canary 9:1, 1:1, 0:1", "key rotation"))
                .allSatisfy(
                        name -> assertThat(lost(part(results, name))).as(name).isZero());
        assertThat(part(results, "rolling update of 20").gone()).isGreaterThanOrEqualTo(sessions);
        assertThat(part(results, "deadline passes").late()).isBetween(sessions * 9L / 10, (long) sessions);
    }

    @Test
    void sessionsThatFollowTheApplicationsCookieStayAsWell() throws IOException {
        String rules = "mode: AppCookie\nappCookie: {name: APP, ttl: 700h}\nsigning: {algorithm: HMAC-SHA256}\n";
        List<Result> results = new Simulation(Script.read(Script.FILE), FEW, rules).play();

        needMoored(results);
        assertThat(lost(part(results, "key rotation"))).isZero();
        assertThat(part(results, "rolling update of 20").gone()).isGreaterThanOrEqualTo(FEW);
        assertThat(part(results, "deadline passes").late()).isBetween(FEW * 9L / 10, (long) FEW);
    }

    @Test
    void atTheDeadlineOfTheirPodsSessionsMoveInEveryReplicaAlikeAndNoneIsLeftToLose() throws IOException {
        // A step takes five minutes: pods that drain are there for two of them before they are gone.
        List<Result> results = new Simulation(Script.read(Script.FILE), FEW, "drainDeadline: 4m").play();

        Result down = part(results, "scale-down by 5");
        assertThat(down.moved()).isGreaterThan(FEW / 10);
        assertThat(down.gone()).isZero();
        assertThat(results)
                .allSatisfy(result ->
                        assertThat(result.disagreed()).as(result.part()).isZero());
        assertThat(part(results, "nothing changes").moved()).isZero();
    }

    private static void needMoored(List<Result> results) {
        assertThat(results).allSatisfy(result -> {
            assertThat(result.moved()).as(result.part()).isZero();
            assertThat(result.disagreed()).as(result.part()).isZero();
            assertThat(result.misplaced()).as(result.part()).isZero();
        });
    }

    @Test
    void ofAScaleDownOnlyThoseLoseTheirSessionWhosePodIsGone() throws IOException {
        List<Result> results = new Simulation(Script.read(Script.FILE), FEW, "").play();

        // Five of 25 pods, which is where a fifth of the sessions of the first 20 pods are.
        assertThat(part(results, "scale-down by 5").gone()).isBetween(FEW * 15L / 100, FEW * 28L / 100);
        assertThat(part(results, "zone loss and return").gone()).isBetween(FEW * 20L / 100, FEW * 48L / 100);
    }

    @Test
    void aPolicyThatLeavesDrainingPodsIsSeenToMoveSessions() throws IOException {
        List<Result> results = new Simulation(Script.read(Script.FILE), FEW, "onDraining: Rebalance").play();

        assertThat(part(results, "scale-down by 5").moved()).isGreaterThan(FEW / 10);
        assertThat(part(results, "scale-down by 5").disagreed()).isZero();
    }

    private static long lost(Result result) {
        return result.gone() + result.late();
    }

    private static Result part(List<Result> results, String name) {
        return results.stream()
                .filter(result -> result.part().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static String table(List<Result> results) {
        List<String> lines = new ArrayList<>(List.of(
                "| | requests | lost: pod gone | lost: past the deadline | moved without need | replicas disagree | began on a draining pod |",
                "| --- | --- | --- | --- | --- | --- | --- |"));
        results.forEach(result -> lines.add("| %s | %,d | %,d | %,d | %,d | %,d | %,d |"
                .formatted(
                        result.part(),
                        result.requests(),
                        result.gone(),
                        result.late(),
                        result.moved(),
                        result.disagreed(),
                        result.misplaced())));
        return String.join("\n", lines) + "\n";
    }
}
