package dev.moorgate.dataplane.check;

import dev.moorgate.dataplane.grpc.GrpcCall;
import dev.moorgate.dataplane.grpc.HealthMessages;
import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import dev.moorgate.routetable.RoutePolicy.GrpcStatus;
import dev.moorgate.routetable.Upstream.HealthCheck;
import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** gRPC's own health service: passes where the call ends with OK and says SERVING. */
final class GrpcProbe extends StreamProbe {
    private static final int MOST = 4 << 10;

    private final String service;
    private final String request;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();

    GrpcProbe(HealthCheck check, UpstreamTarget target, Consumer<String> outcome) {
        super(target, outcome);
        service = check.path();
        request = "POST " + HealthMessages.PATH + " HTTP/1.1\r\nHost: "
                + check.host().orElseGet(target::label)
                + "\r\nUser-Agent: moorgate-check\r\nContent-Type: application/grpc\r\nTE: trailers\r\ngrpc-timeout: "
                + Math.min(check.timeout().toMillis(), 99_999_999) + "m\r\n\r\n";
    }

    @Override
    String request() {
        return request;
    }

    @Override
    byte[] content() {
        return HealthMessages.request(service);
    }

    @Override
    void answered(ResponseHead answer, boolean last) {
        if (answer.status() != 200) {
            finish("status " + answer.status());
        } else if (last) {
            ended(answer);
        }
    }

    @Override
    void content(byte[] piece) {
        message.writeBytes(piece);
        if (message.size() > MOST) {
            finish("no message that can be read");
        }
    }

    @Override
    void ended(@Nullable MessageHead trailers) {
        GrpcStatus status = trailers == null ? null : GrpcCall.statusOf(trailers);
        if (status != GrpcStatus.OK) {
            finish(status == null ? "no grpc-status" : "grpc-status " + status);
            return;
        }
        String word = HealthMessages.status(message.toByteArray());
        finish(word.equals(HealthMessages.SERVING) ? PASSED : word);
    }
}
