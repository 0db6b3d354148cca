package dev.moorgate.dataplane.check;

import dev.moorgate.dataplane.http.MessageHead;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import dev.moorgate.routetable.Upstream.HealthCheck;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** {@code GET} over HTTP/2, for endpoints that get their requests so. */
final class HttpStreamProbe extends StreamProbe {
    private static final byte[] NOTHING = {};

    private final HttpExpectation expected;
    private final String request;

    HttpStreamProbe(HealthCheck check, UpstreamTarget target, Consumer<String> outcome) {
        super(target, outcome);
        expected = new HttpExpectation(check);
        request = "GET " + check.path() + " HTTP/1.1\r\nHost: " + check.host().orElseGet(target::label)
                + "\r\nUser-Agent: moorgate-check\r\nAccept: */*\r\n\r\n";
    }

    @Override
    String request() {
        return request;
    }

    @Override
    byte[] content() {
        return NOTHING;
    }

    @Override
    void answered(ResponseHead answer, boolean last) {
        String result = expected.judge(answer.status());
        if (!result.equals(PASSED) || !expected.wantsBody()) {
            finish(result);
        } else if (last) {
            ended(null);
        }
    }

    @Override
    void content(byte[] piece) {
        if (!expected.take(piece)) {
            ended(null);
        }
    }

    @Override
    void ended(@Nullable MessageHead trailers) {
        finish(expected.judgeBody());
    }
}
