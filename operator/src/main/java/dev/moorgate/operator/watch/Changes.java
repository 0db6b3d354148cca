package dev.moorgate.operator.watch;

import dev.moorgate.operator.pace.WalkPace;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.EnumSet;
import java.util.Set;

/** What has changed since the last walk. A mark is made before its event is sent, so that the walk that takes the event sees it. */
public final class Changes {
    private final Runnable event;
    private final WalkPace pace;
    private final WalkMetrics metrics;
    private final Set<Mark> marks = EnumSet.noneOf(Mark.class);

    /**
     * Nothing has changed yet.
     *
     * @param event asks for a walk; any thread
     * @param pace told of objects and walks
     * @param metrics told of what is no change
     */
    public Changes(Runnable event, WalkPace pace, WalkMetrics metrics) {
        this.event = event;
        this.pace = pace;
        this.metrics = metrics;
    }

    /** A reason for a walk. */
    public enum Mark {
        /** Any object but endpoints: compile. */
        OBJECTS,
        /** Endpoints: no route is compiled. */
        ENDPOINTS,
        /** What data planes run, who leads, which replicas there are: nothing to compile, statuses may differ. */
        ROLLOUT,
        /** Objects that were there before a new list and are not in it: see {@link ListGuard}. */
        VANISHED
    }

    public void mark(Mark mark) {
        synchronized (this) {
            marks.add(mark);
        }
        if (mark == Mark.OBJECTS) {
            pace.changed();
        }
        event.run();
    }

    /** An update that changes nothing: no walk. */
    void passedOver(Class<? extends HasMetadata> kind) {
        metrics.passedOver(HasMetadata.getKind(kind));
    }

    synchronized Set<Mark> take() {
        Set<Mark> taken = marks.isEmpty() ? EnumSet.noneOf(Mark.class) : EnumSet.copyOf(marks);
        marks.clear();
        return taken;
    }

    /**
     * A walk is over. One that only took note of what others did, such as an acknowledgement, holds the next one up by nothing.
     *
     * @param taken what it was about
     */
    void walked(long start, Set<Mark> taken, boolean isCompile) {
        if (isCompile || taken.contains(Mark.OBJECTS) || taken.contains(Mark.ENDPOINTS)) {
            pace.walked(start, isCompile);
        }
    }

    /** After a walk that came to nothing: the next one does what it should have done. */
    synchronized void putBack(Set<Mark> taken) {
        marks.addAll(taken);
    }
}
