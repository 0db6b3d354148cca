package dev.moorgate.dataplane;

/**
 * How a drain ended.
 *
 * @param cut connections that were still open and are cut
 */
public record DrainResult(int cut) {
    private static final int CUT = 3;

    /** 0 where every client got its answer, else 3. */
    public int exitCode() {
        return cut == 0 ? 0 : CUT;
    }
}
