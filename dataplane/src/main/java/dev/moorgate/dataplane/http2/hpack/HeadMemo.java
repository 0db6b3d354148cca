package dev.moorgate.dataplane.http2.hpack;

import dev.moorgate.dataplane.http.MessageHead;
import java.util.Arrays;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the last field blocks of a connection were read as. A block that changes no table reads the same as long as no other
 * changes it, so that its head need only be copied. A block is kept when it comes for the second time in a row of those that
 * are not kept. One a connection and kind of head.
 */
public final class HeadMemo<H extends MessageHead> {
    private static final int PLACES = 4;
    /** Of a block, in bytes: what says all anew is no repetition. */
    private static final int LONGEST = 256;

    private final Supplier<H> heads;
    private final Place<H>[] places = places();
    private final Place<H> candidate = new Place<>();
    private int oldest;

    private static final class Place<H> {
        byte[] block = {};
        int length;
        int version;
        int variant;

        @Nullable
        H head;

        boolean is(byte[] bytes, int start, int end, int version, int variant) {
            return end - start == length
                    && this.version == version
                    && this.variant == variant
                    && Arrays.equals(bytes, start, end, block, 0, length);
        }

        void set(byte[] bytes, int start, int end, int version, int variant) {
            length = end - start;
            if (block.length < length) {
                block = new byte[Math.max(32, 2 * length)];
            }
            System.arraycopy(bytes, start, block, 0, length);
            this.version = version;
            this.variant = variant;
        }
    }

    public HeadMemo(Supplier<H> heads) {
        this.heads = heads;
    }

    @SuppressWarnings("unchecked") // an array of nothing else
    private static <H> Place<H>[] places() {
        return (Place<H>[]) new Place<?>[PLACES];
    }

    /**
     * The head of a block, not to be changed; null: it has to be read.
     *
     * @param version of the decoder, {@link HpackDecoder#version}
     * @param variant what else the reading depends on
     */
    public @Nullable H find(byte[] bytes, int start, int end, int version, int variant) {
        for (Place<H> place : places) {
            if (place == null) {
                return null;
            }
            if (place.is(bytes, start, end, version, variant)) {
                return place.head;
            }
        }
        return null;
    }

    /** Where to copy the head of a block that was just read, and changed no table; null: it is not kept. */
    public @Nullable H place(byte[] bytes, int start, int end, int version, int variant) {
        if (end - start > LONGEST) {
            return null;
        }
        if (!candidate.is(bytes, start, end, version, variant)) {
            candidate.set(bytes, start, end, version, variant);
            return null;
        }
        candidate.version--;
        Place<H> place = places[oldest];
        if (place == null) {
            place = new Place<>();
            place.head = heads.get();
            places[oldest] = place;
        }
        oldest = (oldest + 1) % PLACES;
        place.set(bytes, start, end, version, variant);
        return place.head;
    }
}
