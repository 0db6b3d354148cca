package dev.moorgate.dataplane.check;

import dev.moorgate.dataplane.http.BodyReader;
import dev.moorgate.dataplane.http.HeadLimits;
import dev.moorgate.dataplane.http.Methods;
import dev.moorgate.dataplane.http.Progress;
import dev.moorgate.dataplane.http.ResponseHead;
import dev.moorgate.dataplane.upstream.UpstreamTarget;
import dev.moorgate.routetable.Upstream.HealthCheck;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** {@code GET} over HTTP/1.1. */
final class HttpProbe extends Probe {
    private final HealthCheck check;
    private final String host;
    private final HttpExpectation expected;
    private final ResponseHead head = new ResponseHead();
    private final BodyReader body = new BodyReader();
    private boolean begun;

    HttpProbe(HealthCheck check, UpstreamTarget target, Consumer<String> outcome) {
        super(target, outcome);
        this.check = check;
        this.host = check.host().orElseGet(target::label);
        this.expected = new HttpExpectation(check);
    }

    @Override
    void connected(ChannelHandlerContext ctx) {
        String request = "GET " + check.path() + " HTTP/1.1\r\nHost: " + host
                + "\r\nUser-Agent: moorgate-check\r\nAccept: */*\r\nConnection: close\r\n\r\n";
        var _ = ctx.writeAndFlush(
                ByteBufUtil.encodeString(ctx.alloc(), CharBuffer.wrap(request), StandardCharsets.US_ASCII));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            if (!isFinished() && (begun || readHead(bytes))) {
                readBody(bytes);
            }
        } finally {
            bytes.release();
        }
    }

    /** True: the head is read, its status is good, and the body is asked for. */
    private boolean readHead(ByteBuf bytes) {
        Progress progress;
        do {
            progress = head.parse(bytes, HeadLimits.STANDARD, Methods.GET);
        } while (progress == Progress.COMPLETE && head.isInterim());
        if (progress == Progress.INCOMPLETE) {
            return false;
        }
        if (progress == Progress.REFUSED) {
            finish("the answer is not HTTP/1.1");
            return false;
        }
        String result = expected.judge(head.status());
        if (!result.equals(PASSED) || !expected.wantsBody()) {
            finish(result);
            return false;
        }
        begun = true;
        body.begin(head, HeadLimits.STANDARD);
        return true;
    }

    private void readBody(ByteBuf bytes) {
        boolean more = true;
        Progress progress = body.read(bytes);
        while (progress == Progress.DATA) {
            more &= expected.take(ByteBufUtil.getBytes(bytes, body.dataStart(), body.dataLength()));
            progress = body.read(bytes);
        }
        if (progress != Progress.INCOMPLETE || !more) {
            finish(expected.judgeBody());
        }
    }

    @Override
    void closed() {
        if (begun && body.close() == Progress.COMPLETE) {
            finish(expected.judgeBody());
        } else {
            super.closed();
        }
    }
}
