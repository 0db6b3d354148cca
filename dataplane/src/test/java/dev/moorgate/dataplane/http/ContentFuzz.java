package dev.moorgate.dataplane.http;

import dev.moorgate.dataplane.fuzz.FuzzTarget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;

/** Chunked content: whole or byte by byte it is the same, and passed on with its framing it is the same to the next reader. */
public final class ContentFuzz implements FuzzTarget {
    private static final RequestHead HEAD =
            Feed.request("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");

    @Override
    public List<byte[]> seeds() {
        return MutationTest.CHUNKS.stream().map(Feed::latin).toList();
    }

    /** What a reader made of it. */
    private record Outcome(Progress progress, String data, int taken) {}

    @Override
    public void feed(byte[] input) {
        Outcome whole = read(List.of(input), false);
        byte[][] single = new byte[input.length][];
        Arrays.setAll(single, i -> new byte[] {input[i]});
        Outcome apart = read(List.of(single), false);
        boolean isSame = whole.progress() == apart.progress()
                // of what is refused in the end, more or less may have been taken and told before
                && (whole.progress() == Progress.REFUSED || whole.equals(apart));
        if (!isSame) {
            throw new IllegalStateException(whole + " as a whole, " + apart + " byte by byte");
        }
        if (whole.progress() == Progress.COMPLETE) {
            String sent = read(List.of(input), true).data();
            // without a trailer section, which is written anew
            Outcome again = read(List.of(Feed.latin(sent.endsWith("0\r\n") ? sent + "\r\n" : sent)), false);
            if (again.progress() != Progress.COMPLETE || !again.data().equals(whole.data())) {
                throw new IllegalStateException(whole + " is passed on as " + sent);
            }
        }
    }

    private static Outcome read(List<byte[]> parts, boolean verbatim) {
        var body = new BodyReader();
        body.begin(HEAD, HeadLimits.STANDARD);
        var data = new StringBuilder();
        int taken = 0;
        Progress progress = Progress.INCOMPLETE;
        for (byte[] part : parts) {
            ByteBuf in = Unpooled.wrappedBuffer(part);
            do {
                progress = verbatim ? body.readVerbatim(in) : body.read(in);
                if (progress == Progress.DATA) {
                    data.append(Feed.latin(in.slice(body.dataStart(), body.dataLength())));
                }
            } while (progress == Progress.DATA);
            taken += in.readerIndex();
            if (progress != Progress.INCOMPLETE) {
                break;
            }
        }
        return new Outcome(progress, data.toString(), taken);
    }
}
