package dev.moorgate.dataplane.relay;

import dev.moorgate.dataplane.failure.ProxyFailure;
import dev.moorgate.dataplane.forward.state.ClientFacts;
import dev.moorgate.dataplane.observe.ExchangeRecord;
import org.jspecify.annotations.Nullable;

/** What is to be told of one relayed connection when it has ended. Its event loop only. */
final class RelayOutcome {
    long bytesIn;
    long bytesOut;
    String route = "";
    String upstream = "";
    String endpoint = "";
    String version = "";
    int attempts;

    private final long began;
    private final long epochMillis;
    private long firstByte;
    private @Nullable ProxyFailure reason;
    private String detail = "";

    RelayOutcome(long began, long epochMillis) {
        this.began = began;
        this.epochMillis = epochMillis;
    }

    /** The first reason is the one that counts: others follow from it. */
    void failed(ProxyFailure failure, String why) {
        if (reason == null) {
            reason = failure;
            detail = why;
        }
    }

    void answered(long now, int bytes) {
        if (bytesOut == 0) {
            firstByte = now;
        }
        bytesOut += bytes;
    }

    void tell(ExchangeRecord record, String listener, ClientFacts client, String serverName, long now) {
        record.reset();
        record.listener = listener;
        record.route = route;
        record.upstream = upstream;
        record.endpoint = endpoint;
        record.tableVersion = version;
        record.protocol = client.tls() == null ? "TLS" : "TCP";
        record.tlsVersion = client.tls() == null ? "" : client.tls();
        record.host.set(serverName);
        record.clientAddress.set(client.address());
        record.reason = reason;
        record.detail = detail;
        record.bytesIn = bytesIn;
        record.bytesOut = bytesOut;
        record.attempts = attempts;
        record.startEpochMillis = epochMillis;
        record.totalNanos = now - began;
        record.firstByteNanos = firstByte == 0 ? 0 : firstByte - began;
    }
}
