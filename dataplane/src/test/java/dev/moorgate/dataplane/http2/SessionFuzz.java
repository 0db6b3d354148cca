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
        byte[] requests = Frames.concat(FuzzTest.TO_SERVER.toArray(byte[][]::new));
        byte[] answers = Frames.concat(FuzzTest.TO_CLIENT.toArray(byte[][]::new));
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
