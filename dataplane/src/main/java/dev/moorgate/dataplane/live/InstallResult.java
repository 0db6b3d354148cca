package dev.moorgate.dataplane.live;

/** What became of a table: in force, or refused as a whole with nothing changed. */
public sealed interface InstallResult {
    /**
     * In force.
     *
     * @param version as it was given
     */
    record Applied(String version) implements InstallResult {}

    /**
     * Not in force.
     *
     * @param reason one line for people
     */
    record Refused(String reason) implements InstallResult {}
}
