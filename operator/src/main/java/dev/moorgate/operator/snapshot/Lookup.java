package dev.moorgate.operator.snapshot;

/**
 * Whether an object is there, as far as we can tell.
 *
 * @param <T> its kind
 */
public sealed interface Lookup<T> {
    /** It is there. */
    record Present<T>(T value) implements Lookup<T> {}

    /** It is not there: a mistake that can be told. */
    record Absent<T>() implements Lookup<T> {}

    /** It has not been read yet: nothing can be said, and no status may be written. */
    record NotLoaded<T>() implements Lookup<T> {}
}
