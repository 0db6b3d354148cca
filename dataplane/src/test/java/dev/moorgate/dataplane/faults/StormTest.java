package dev.moorgate.dataplane.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.moorgate.dataplane.Heads;
import dev.moorgate.dataplane.balance.Attempts;
import dev.moorgate.dataplane.balance.Candidate;
import dev.moorgate.dataplane.balance.EndpointRegistry;
import dev.moorgate.dataplane.balance.EndpointSet;
import dev.moorgate.dataplane.balance.health.HealthObserver;
import dev.moorgate.dataplane.http.RequestHead;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.dataplane.upstream.UpstreamLoad;
import dev.moorgate.routetable.RoutePolicy.RetryBudget;
import dev.moorgate.routetable.Upstream;
import dev.moorgate.routetable.Upstream.Balancing;
import dev.moorgate.routetable.Upstream.OutlierDetection;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * F9: a storm on a virtual clock. Three endpoints, one five times slower, one failing half its requests; what they can bear is
 * offered to 90 %. Picks, ejections and budgets are the proxy's own, endpoints are queues with ten workers.
 */
class StormTest {
    private static final long MILLI = 1_000_000;
    private static final int SECONDS = 30;
    private static final int WORKERS = 10;
    private static final long[] SERVICE = {10 * MILLI, 50 * MILLI, 10 * MILLI};
    private static final int FAILING = 2;
    private static final int PER_SECOND = 1_980;
    private static final OutlierDetection NO_EJECTION = new OutlierDetection(0, Duration.ofSeconds(30), 50);

    private final RequestHead head = Heads.get("h", "/");

    @ParameterizedTest(name = "{0}, at most {1} retries, ejection {2}")
    @CsvSource({
        "ROUND_ROBIN, 1, false",
        "LEAST_REQUEST, 1, false",
        "LEAST_REQUEST, 3, false",
        "RANDOM, 3, true",
        "LEAST_REQUEST, 1, true",
        "LEAST_TIME, 1, false",
        "LEAST_TIME, 3, false"
    })
    void retriesAddAtMostTheBudget(Balancing balancing, int attempts, boolean ejects) {
        Storm storm = new Storm(balancing, attempts, RetryBudget.STANDARD, ejects);
        storm.run();

        assertThat(storm.offered).isEqualTo(PER_SECOND * SECONDS);
        assertThat(storm.retries).isPositive();
        assertThat(storm.sent).isLessThanOrEqualTo(storm.offered * 120 / 100 + 10 * (SECONDS + 1));
        assertThat(storm.load.requests()).isZero();
        storm.set.all().forEach(each -> assertThat(each.state().inFlight()).isZero());
    }

    @Test
    void aSmallBudgetKeepsMostOfTheStormsRetriesBack() {
        Storm free = new Storm(Balancing.LEAST_REQUEST, 3, new RetryBudget(100, 1_000_000), false);
        Storm bound = new Storm(Balancing.LEAST_REQUEST, 3, new RetryBudget(2, 0), false);
        free.run();
        bound.run();

        assertThat(bound.retries).isLessThan(free.retries / 2);
    }

    @Test
    void leastRequestKeepsTheSlowEndpointsQueueShortWhereRoundRobinDoesNot() {
        // without retries, which would make it more than the endpoints can bear
        Storm inTurn = new Storm(Balancing.ROUND_ROBIN, 0, RetryBudget.STANDARD, false);
        Storm byLoad = new Storm(Balancing.LEAST_REQUEST, 0, RetryBudget.STANDARD, false);
        Storm byTime = new Storm(Balancing.LEAST_TIME, 0, RetryBudget.STANDARD, false);
        inTurn.run();
        byLoad.run();
        byTime.run();

        assertThat(byLoad.percentile(99)).isLessThan(inTurn.percentile(99) / 100);
        assertThat(byTime.percentile(99)).isLessThan(inTurn.percentile(99) / 100);
    }

    @Test
    void oneRetryWithinTheBudgetAnswersFourOfFiveWell() {
        Storm storm = new Storm(Balancing.LEAST_REQUEST, 1, RetryBudget.STANDARD, false);
        storm.run();

        assertThat(storm.successes * 100 / storm.offered).isGreaterThanOrEqualTo(80);
    }

    /** Something that happens at a time; of equal times the first made comes first. */
    private record Event(long at, long order, Runnable action) implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(at, other.at);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** A request on its way. */
    private final class Call {
        final Attempts attempts = new Attempts().begin(head, "192.0.2.1");
        final long begun;
        int retries;
        long tryBegun;

        Call(long begun) {
            this.begun = begun;
        }
    }

    /** One run. */
    private final class Storm {
        final UpstreamLoad load = new UpstreamLoad();
        final EndpointSet set;
        int offered;
        int sent;
        int retries;
        int successes;

        private final Random dice = new Random(7);
        private final PriorityQueue<Event> events = new PriorityQueue<>();
        private final List<ArrayDeque<Runnable>> queues =
                List.of(new ArrayDeque<>(), new ArrayDeque<>(), new ArrayDeque<>());
        private final int[] busy = new int[3];
        private final List<Long> times = new ArrayList<>();
        private final int attempts;
        private final RetryBudget budget;
        private long now;
        private long order;

        Storm(Balancing balancing, int attempts, RetryBudget budget, boolean ejects) {
            this.attempts = attempts;
            this.budget = budget;
            Upstream upstream = Upstream.http("app", Setup.SOURCE)
                    .with(balancing)
                    .with(ejects ? OutlierDetection.STANDARD : NO_EJECTION);
            set = new EndpointRegistry(() -> now, "", HealthObserver.NONE)
                    .set(upstream, List.of(Setup.endpoint("a", 1), Setup.endpoint("b", 2), Setup.endpoint("c", 3)));
        }

        void run() {
            long gap = 1_000 * MILLI / PER_SECOND;
            for (int i = 0; i < PER_SECOND * SECONDS; i++) {
                at(i * gap, this::arrive);
            }
            for (Event next = events.poll(); next != null; next = events.poll()) {
                now = next.at;
                next.action.run();
            }
        }

        private void at(long time, Runnable action) {
            events.add(new Event(time, order++, action));
        }

        private void arrive() {
            offered++;
            load.tryRequest(0, now);
            send(new Call(now));
        }

        private void send(Call call) {
            Candidate candidate = set.pick(call.attempts);
            int place = candidate.place();
            sent++;
            call.tryBegun = now;
            candidate.state().begin();
            queues.get(place).add(() -> at(now + SERVICE[place], () -> answer(call, candidate)));
            work(place);
        }

        private void work(int place) {
            while (busy[place] < WORKERS && !queues.get(place).isEmpty()) {
                busy[place]++;
                queues.get(place).poll().run();
            }
        }

        private void answer(Call call, Candidate candidate) {
            busy[candidate.place()]--;
            candidate.state().end();
            boolean fails = candidate.place() == FAILING && dice.nextBoolean();
            set.answered(candidate, fails ? 503 : 200);
            candidate.state().time().observe(now, now - call.tryBegun);
            if (fails && mayRetry(call)) {
                retries++;
                call.retries++;
                call.attempts.failed(candidate);
                send(call);
            } else {
                end(call, !fails);
            }
            work(candidate.place());
        }

        /** As the proxy asks. */
        private boolean mayRetry(Call call) {
            return call.retries < attempts && load.tryRetry(budget.percent(), budget.floorPerSecond(), now);
        }

        private void end(Call call, boolean succeeded) {
            successes += succeeded ? 1 : 0;
            times.add(now - call.begun);
            load.requestEnded();
        }

        long percentile(int percent) {
            return times.stream().sorted().toList().get(times.size() * percent / 100);
        }
    }
}
