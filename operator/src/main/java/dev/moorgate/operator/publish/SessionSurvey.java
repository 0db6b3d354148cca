package dev.moorgate.operator.publish;

import dev.moorgate.routetable.wire.SessionCensus;
import dev.moorgate.routetable.wire.WireException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks every replica once a minute, while we lead, which sessions it has seen. One that does not answer makes no survey: half of the
 * numbers would be none. On a thread of its own.
 */
public final class SessionSurvey implements AutoCloseable {
    /** Between two surveys. */
    public static final Duration INTERVAL = Duration.ofMinutes(1);

    private static final Logger LOG = LoggerFactory.getLogger(SessionSurvey.class);

    private final CensusSource own;
    private final Supplier<List<CensusSource>> others;
    private final BooleanSupplier isWanted;
    private final Consumer<Survey> listener;
    private final InstantSource clock;
    private final Thread thread;

    /** Where one data plane's sessions are told. */
    @FunctionalInterface
    public interface CensusSource {
        SessionCensus census() throws IOException, WireException, InterruptedException;
    }

    /**
     * What all replicas told.
     *
     * @param at by the clock of the one who asked
     */
    public record Survey(Instant at, List<SessionCensus> replicas) {
        public static final Survey NONE = new Survey(Instant.MIN, List.of());

        public Survey {
            replicas = List.copyOf(replicas);
        }
    }

    /**
     * Starts asking.
     *
     * @param own our data plane
     * @param others those of the other replicas that are there now
     * @param isWanted whether anybody reads the answer: we lead
     * @param listener called on the survey's thread
     */
    public SessionSurvey(
            CensusSource own,
            Supplier<List<CensusSource>> others,
            BooleanSupplier isWanted,
            Consumer<Survey> listener,
            InstantSource clock,
            Duration interval) {
        this.own = own;
        this.others = others;
        this.isWanted = isWanted;
        this.listener = listener;
        this.clock = clock;
        thread = Thread.ofVirtual().name("moorgate-survey").start(() -> run(interval));
    }

    private void run(Duration interval) {
        try {
            while (true) {
                Thread.sleep(interval);
                if (isWanted.getAsBoolean()) {
                    look();
                }
            }
        } catch (InterruptedException closing) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() throws InterruptedException {
        try {
            List<SessionCensus> replicas = new ArrayList<>();
            replicas.add(own.census());
            for (CensusSource other : others.get()) {
                replicas.add(other.census());
            }
            listener.accept(new Survey(clock.instant(), replicas));
        } catch (IOException | WireException | RuntimeException e) {
            LOG.debug("No survey of sessions: {}", e.toString());
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
