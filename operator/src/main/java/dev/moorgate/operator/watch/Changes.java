package dev.moorgate.operator.watch;

import java.util.EnumSet;
import java.util.Set;

/** What has changed since the last walk. A mark is made before its event is sent, so that the walk that takes the event sees it. */
public final class Changes {
    private final Runnable event;
    private final Set<Mark> marks = EnumSet.noneOf(Mark.class);

    /** @param event asks for a walk; any thread */
    public Changes(Runnable event) {
        this.event = event;
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
        event.run();
    }

    synchronized Set<Mark> take() {
        Set<Mark> taken = marks.isEmpty() ? EnumSet.noneOf(Mark.class) : EnumSet.copyOf(marks);
        marks.clear();
        return taken;
    }

    /** After a walk that came to nothing: the next one does what it should have done. */
    synchronized void putBack(Set<Mark> taken) {
        marks.addAll(taken);
    }
}
