package dev.moorgate.dataplane.forward.body;

/** Whose {@link ResponseBody} it is. */
public interface ResponseOwner {
    /** There may be room again for what the endpoint says. */
    void spoolMoved();

    /** The client has what was kept for it. */
    void spoolDrained();

    /** What was kept is lost. */
    void spoolFailed(String detail);

    /** What was to be coded cannot be, in a turn of the loop's own. */
    void codingFailed(RuntimeException bug);
}
