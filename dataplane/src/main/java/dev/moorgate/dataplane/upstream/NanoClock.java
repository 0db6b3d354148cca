package dev.moorgate.dataplane.upstream;

/** Time as event loops read it: a monotonic clock for limits, the wall clock for logs and dates. Any thread. */
public interface NanoClock {
    NanoClock SYSTEM = new NanoClock() {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public long epochMillis() {
            return System.currentTimeMillis();
        }
    };

    /** Monotonic nanoseconds: only differences mean something. */
    long nanoTime();

    long epochMillis();
}
