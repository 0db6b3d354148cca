package dev.moorgate.dataplane.http;

import dev.moorgate.dataplane.fuzz.FuzzTarget;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Heads of requests (first byte even) and responses: however they are cut they say one thing, and what is forwarded says the same to the
 * next reader.
 */
public final class HeadFuzz implements FuzzTarget {
    @Override
    public List<byte[]> seeds() {
        return Stream.concat(
                        MutationTest.REQUESTS.stream().map(request -> "\0" + request),
                        MutationTest.RESPONSES.stream().map(response -> "\1" + response))
                .map(Feed::latin)
                .toList();
    }

    @Override
    public void feed(byte[] input) {
        if (input.length == 0) {
            return;
        }
        byte[] head = Arrays.copyOfRange(input, 1, input.length);
        boolean isRequest = (input[0] & 1) == 0;
        Set<String> outcomes = isRequest ? Feed.requestOutcomes(head) : Feed.responseOutcomes(head, Methods.GET);
        if (outcomes.size() != 1) {
            throw new IllegalStateException("cut in different places it says " + outcomes);
        }
        if (isRequest) {
            forward(head);
        }
    }

    private static void forward(byte[] bytes) {
        RequestHead first = new RequestHead();
        // HTTP/1.0 without a Host gets one from whoever forwards it
        if (first.parse(Unpooled.wrappedBuffer(bytes), HeadLimits.STANDARD) != Progress.COMPLETE
                || first.host().isEmpty()) {
            return;
        }
        String sent = Feed.forwarded(first);
        RequestHead second = new RequestHead();
        Progress progress = second.parse(Unpooled.wrappedBuffer(Feed.latin(sent)), HeadLimits.STANDARD);
        if (progress != Progress.COMPLETE || !said(first).equals(said(second))) {
            throw new IllegalStateException(progress + ": " + said(first) + " is forwarded as " + sent);
        }
    }

    private static List<String> said(RequestHead head) {
        return List.of(head.method(), head.path() + "?" + head.query(), head.host() + ":" + head.port());
    }
}
