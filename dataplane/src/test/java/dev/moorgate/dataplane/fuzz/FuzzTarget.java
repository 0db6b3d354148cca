package dev.moorgate.dataplane.fuzz;

import java.util.List;

/** Takes any bytes; whatever it throws is a fault. */
public interface FuzzTarget {
    /** Inputs to begin with: what is good, so that what is nearly good is found from there. */
    List<byte[]> seeds();

    void feed(byte[] input);
}
