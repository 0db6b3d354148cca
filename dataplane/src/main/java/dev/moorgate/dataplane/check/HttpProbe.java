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
import java.io.ByteArrayOutputStream;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** {@code GET} over HTTP/1.1: passes by its status and, where one is asked for, by a piece of its body. */
final class HttpProbe extends Probe {
    private static final int MOST_BODY = 64 << 10;

    private final HealthCheck check;
    private final String host;
    private final ResponseHead head = new ResponseHead();
    private final BodyReader body = new BodyReader();
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private boolean begun;

    HttpProbe(HealthCheck check, UpstreamTarget target, Consumer<String> outcome) {
        super(target, outcome);
        this.check = check;
        this.host = check.host().orElseGet(target::label);
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
        int status = head.status();
        boolean good = check.statuses().isEmpty()
                ? status >= 200 && status < 400
                : check.statuses().contains(status);
        if (!good || check.bodyContains().isEmpty()) {
            finish(good ? PASSED : "status " + status);
            return false;
        }
        begun = true;
        body.begin(head, HeadLimits.STANDARD);
        return true;
    }

    private void readBody(ByteBuf bytes) {
        Progress progress = body.read(bytes);
        while (progress == Progress.DATA) {
            int length = Math.min(body.dataLength(), MOST_BODY - content.size());
            content.writeBytes(ByteBufUtil.getBytes(bytes, body.dataStart(), length));
            progress = body.read(bytes);
        }
        if (progress != Progress.INCOMPLETE || content.size() >= MOST_BODY) {
            judge();
        }
    }

    private void judge() {
        boolean found = content.toString(StandardCharsets.UTF_8).contains(check.bodyContains());
        finish(found ? PASSED : "the body does not contain what it should");
    }

    @Override
    void closed() {
        if (begun && body.close() == Progress.COMPLETE) {
            judge();
        } else {
            super.closed();
        }
    }
}
