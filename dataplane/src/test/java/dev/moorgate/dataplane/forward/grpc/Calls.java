package dev.moorgate.dataplane.forward.grpc;

import dev.moorgate.dataplane.kit.Http2TestClient;
import dev.moorgate.dataplane.kit.Http2Upstream;
import dev.moorgate.dataplane.kit.Setup;
import dev.moorgate.routetable.Upstream.Protocol;
import java.util.stream.Stream;

/** Calls and endpoints of gRPC in few words. */
final class Calls {
    static final String TYPE = "content-type: application/grpc";
    /** A message of five bytes behind its prefix. */
    static final String MESSAGE = "\0\0\0\0\5hello";

    private Calls() {}

    static Setup to(Http2Upstream... upstreams) {
        return Setup.toPorts(Stream.of(upstreams).mapToInt(Http2Upstream::port).toArray())
                .protocol(Protocol.H2C);
    }

    /** A unary call, with its message sent. */
    static Http2TestClient.Answer call(Http2TestClient client, String... fields) {
        return begin(client, fields).send(MESSAGE, true);
    }

    /** A call whose messages are still to come. */
    static Http2TestClient.Answer begin(Http2TestClient client, String... fields) {
        String[] all = Stream.concat(Stream.of(TYPE, "te: trailers"), Stream.of(fields))
                .toArray(String[]::new);
        return client.post("/shop.Cart/Add", all);
    }

    /** Answers a call with one message. */
    static void ok(Http2Upstream.Call call) {
        call.head(200, false, "content-type", "application/grpc")
                .data(MESSAGE, false)
                .trailers("grpc-status", "0");
    }

    /** Answers a call with a status alone. */
    static void end(Http2Upstream.Call call, int status, String... fields) {
        String[] all = Stream.concat(
                        Stream.of("content-type", "application/grpc", "grpc-status", String.valueOf(status)),
                        Stream.of(fields))
                .toArray(String[]::new);
        call.head(200, true, all);
    }
}
