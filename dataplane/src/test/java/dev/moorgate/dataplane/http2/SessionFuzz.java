package dev.moorgate.dataplane.http2;

import dev.moorgate.dataplane.fuzz.FuzzTarget;
import java.util.Arrays;
import java.util.List;

/**
 * A whole connection: the first byte says whether we are the server and who answers and consumes, the second how large the pieces are.
 * See {@link FuzzTest} for what has to hold.
 */
public final class SessionFuzz implements FuzzTarget {
    private static final int MOST = 20_000;

    @Override
    public List<byte[]> seeds() {
        byte[] requests = Frames.concat(
                Frames.headers(1, Frames.GET, true),
                Frames.headers(3, Frames.POST, false),
                Frames.data(3, 100, true),
                Frames.begun(5, Arrays.copyOf(Frames.GET, 12)),
                Frames.continuation(5, Arrays.copyOfRange(Frames.GET, 12, Frames.GET.length), true),
                Frames.settings(3, 10, 4, 1_000, 5, 20_000),
                Frames.windowUpdate(0, 1_000),
                Frames.ping(0),
                Frames.reset(5, Http2Error.CANCEL),
                Frames.goAway(1, Http2Error.NO_ERROR));
        byte[] answers = Frames.concat(
                Frames.headers(1, Frames.block(":status", "103"), false),
                Frames.headers(1, Frames.block(":status", "200"), false),
                Frames.data(1, 1_000, false),
                Frames.headers(1, Frames.block("x-sum", "1"), true),
                Frames.headers(3, Frames.block(":status", "200", "content-length", "3"), false),
                Frames.data(3, 3, true),
                Frames.reset(5, Http2Error.REFUSED_STREAM),
                Frames.goAway(7, Http2Error.NO_ERROR));
        return List.of(
                Frames.concat(new byte[] {0, 0}, requests),
                Frames.concat(new byte[] {6, 50}, requests),
                Frames.concat(new byte[] {1, 0}, answers),
                Frames.concat(new byte[] {5, 9}, answers));
    }

    @Override
    public void feed(byte[] input) {
        if (input.length < 2 || input.length > MOST) {
            return;
        }
        boolean isServer = (input[0] & 1) == 0;
        try (Wire wire = isServer ? Wire.readyServer() : Wire.client()) {
            wire.answers = (input[0] & 2) != 0;
            wire.consumes = (input[0] & 4) != 0;
            for (int i = 0; !isServer && i < 4; i++) {
                Http2Stream stream = wire.request("PUT / HTTP/1.1\r\nHost: h\r\n\r\n", i % 2 == 0);
                if (i % 2 == 1) {
                    wire.send(stream, 1_000 * i, i == 3);
                }
            }
            int piece = input[1] == 0 ? input.length : input[1] & 0xff;
            for (int at = 2; at < input.length; at += piece) {
                wire.receive(Arrays.copyOfRange(input, at, Math.min(input.length, at + piece)));
            }
            FuzzTest.check(wire);
        }
    }
}
