package dev.moorgate.dataplane.http;

import dev.moorgate.dataplane.fuzz.FuzzTarget;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Heads of requests (first byte even) and responses: however they are cut they say one thing, and what is forwarded says the same to the
 * next reader.
 */
public final class HeadFuzz implements FuzzTarget {
    @Override
    public List<byte[]> seeds() {
        return List.of(
                Feed.latin("\0GET /a/b/../c?d=e HTTP/1.1\r\nHost: shop.example:8080\r\nAccept: */*\r\n\r\n"),
                Feed.latin(
                        "\0POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 12\r\nExpect: 100-continue\r\nCookie: a=b\r\n\r\n"),
                Feed.latin(
                        "\0PUT /%7ex HTTP/1.1\r\nHost: [::1]:80\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n"),
                Feed.latin(
                        "\0GET http://h/x HTTP/1.1\r\nHost: y\r\nConnection: keep-alive, X-A\r\nX-A: 1\r\nX_B: 2\r\n\r\n"),
                Feed.latin("\0GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"),
                Feed.latin("\1HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: s\r\nSet-Cookie: a=b\r\n\r\n"),
                Feed.latin("\1HTTP/1.0 301 Moved\r\nLocation: /x\r\nConnection: close\r\n\r\n"));
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
