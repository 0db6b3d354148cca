package dev.moorgate.operator.snapshot;

/** An object that was given twice; the first one counts. */
public record Duplicate(String kind, String namespace, String name) {}
