package dev.moorgate.cli.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.cli.process.ChildJvm;
import dev.moorgate.dataplane.control.LastGood;
import dev.moorgate.routetable.wire.Push;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The processes themselves, ended by SIGKILL at any moment of a push (faults H7, I3): a few times in each build, 50 times by
 * {@code .ci/kills}. {@link KilledSidecarTest} looks into more of such moments, with the files as they are in each.
 */
class SigkillTest {
    private static final int TIMES = Integer.getInteger("moorgate.kills", 5);
    private static final int LONGEST_MICROS = 150_000;

    @TempDir
    Path temporary;

    @Test
    void dataPlaneLeavesOneOfTheTwoTablesAndServesItWhenItIsBack() throws Exception {
        Path socket = temporary.resolve("run").resolve("control.sock");
        Path folder = Files.createDirectories(temporary.resolve("state"));
        var random = new Random(17);
        long longest = TimeUnit.MICROSECONDS.toNanos(LONGEST_MICROS);
        int before = 0;
        try (var pushes = new NumberedPushes(socket)) {
            pushes.push(0);
            ChildJvm dataPlane = DataPlaneProcess.start(socket, folder);
            try {
                pushes.awaitInForce(0);
                for (int i = 1; i <= TIMES; i++) {
                    pushes.push(i);
                    LockSupport.parkNanos(random.nextLong(longest));
                    dataPlane.close();

                    LastGood.Found left = load(folder);
                    assertThat(left.push())
                            .as("round %d: %s", i, left.problems())
                            .isPresent();
                    int number = numberOf(left.push().orElseThrow());
                    assertThat(number).as("round %d", i).isIn(i - 1, i);
                    before += number < i ? 1 : 0;

                    dataPlane = DataPlaneProcess.start(socket, folder);
                    pushes.awaitInForce(i);
                    int wanted = i;
                    TablePublisherTest.await(() -> load(folder)
                            .push()
                            .filter(push -> numberOf(push) == wanted)
                            .isPresent());
                    assertThat(dataPlane.output())
                            .as("round %d", i)
                            .noneMatch(line -> line.contains("last good table"));
                }
            } finally {
                dataPlane.close();
            }
        }
        if (TIMES >= 50) {
            assertThat(before).as("killed before the table was kept").isBetween(1, TIMES - 1);
        }
        System.out.printf("%d data planes killed, %d of them before they had kept what was pushed%n", TIMES, before);
    }

    @Test
    void operatorLeavesTheDataPlaneWithOneOfItsTablesAndTheNextGoesOn() throws Exception {
        Path socket = temporary.resolve("run").resolve("control.sock");
        Path folder = temporary.resolve("state");
        var random = new Random(19);
        try (var sidecar = new Sidecar(socket, folder)) {
            for (int i = 1; i <= TIMES; i++) {
                int before = sidecar.states().size();
                try (var pusher = ChildJvm.start(PusherProcess.class, socket.toString(), Integer.toString(i))) {
                    TablePublisherTest.await(() -> sidecar.states().size() >= before + 3 || !pusher.isAlive());
                    assertThat(pusher.isAlive()).as("%s", pusher.output()).isTrue();
                    LockSupport.parkNanos(random.nextLong(Duration.ofMillis(5).toNanos()));
                }
                int told = sidecar.states().size();
                Push inForce = sidecar.states().getLast();
                assertThat(numberOf(inForce) / PusherProcess.EACH).isEqualTo(i);
                TablePublisherTest.await(() -> load(folder)
                        .push()
                        .filter(push ->
                                numberOf(push) == numberOf(sidecar.states().getLast()))
                        .isPresent());
                assertThat(sidecar.states().size())
                        .as("pushes of a dead operator")
                        .isLessThanOrEqualTo(told + 1);
            }
            assertThat(sidecar.states()).allSatisfy(SigkillTest::numberOf);
            System.out.printf(
                    "%d operators killed, in the course of %d pushes%n",
                    TIMES, sidecar.states().size());
        }
    }

    private static LastGood.Found load(Path folder) {
        return new LastGood(folder, DataPlaneProcess.OWNER).load();
    }

    /** Which table it is; both halves must be of the same. */
    private static int numberOf(Push push) {
        int number = Tables.numberOf(push);
        assertThat(push.table()).isEqualTo(Tables.table(number));
        return number;
    }
}
