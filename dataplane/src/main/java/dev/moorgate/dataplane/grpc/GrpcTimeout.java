package dev.moorgate.dataplane.grpc;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The value of grpc-timeout: one to eight digits and a unit (gRPC over HTTP/2, "Requests"). Nanoseconds here. */
final class GrpcTimeout {
    /** The value is none. */
    static final long MALFORMED = -1;

    private static final int MOST_DIGITS = 8;
    private static final long MOST = 99_999_999;
    /** From so many of a unit on, what is lost by whole ones is below a percent. */
    private static final long FINE = 100;

    private GrpcTimeout() {}

    /** What stands in {@code bytes} from {@code start} to {@code end}, or {@link #MALFORMED}; what is too long to count is endless. */
    static long parse(byte[] bytes, int start, int end) {
        int digits = end - start - 1;
        if (digits < 1 || digits > MOST_DIGITS) {
            return MALFORMED;
        }
        long value = 0;
        for (int i = start; i < end - 1; i++) {
            int digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return MALFORMED;
            }
            value = value * 10 + digit;
        }
        TimeUnit unit = unit(bytes[end - 1]);
        return unit == null ? MALFORMED : unit.toNanos(value);
    }

    private static @Nullable TimeUnit unit(byte letter) {
        return switch (letter) {
            case 'H' -> TimeUnit.HOURS;
            case 'M' -> TimeUnit.MINUTES;
            case 'S' -> TimeUnit.SECONDS;
            case 'm' -> TimeUnit.MILLISECONDS;
            case 'u' -> TimeUnit.MICROSECONDS;
            case 'n' -> TimeUnit.NANOSECONDS;
            default -> null;
        };
    }

    /** The same time or a little less; whole milliseconds wherever they will do, so that calls with one deadline look alike. */
    static String write(long nanos) {
        long millis = TimeUnit.NANOSECONDS.toMillis(nanos);
        if (millis > MOST) {
            long seconds = TimeUnit.NANOSECONDS.toSeconds(nanos);
            return seconds > MOST ? TimeUnit.NANOSECONDS.toHours(nanos) + "H" : seconds + "S";
        }
        if (millis >= FINE) {
            return millis + "m";
        }
        long micros = TimeUnit.NANOSECONDS.toMicros(nanos);
        return micros >= FINE ? micros + "u" : Math.max(1, nanos) + "n";
    }
}
